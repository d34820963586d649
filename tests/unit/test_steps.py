"""One entry makes a step: every table of steps is read from the registry."""

from __future__ import annotations

from enum import StrEnum
from typing import cast

import pytest

from app import queues
from app.cli.progress import sentence
from app.domain.flow import Call
from app.domain.kinds import Step
from app.domain.steps import STEPS, StepRegistry, StepSpec, Subject, is_remote
from app.operations.progress import Progress
from app.settings import Settings


class Scratch(StrEnum):
    """Names of steps that the product does not have."""

    ANNOTATE = "annotate"


ANNOTATE = cast(Step, Scratch.ANNOTATE)
SPEC = StepSpec(
    ANNOTATE,
    Subject.PUBLICATION,
    queue="post",
    task="app.tasks.annotate.annotate_post",
    doing="annotating {} posts",
    batch=3,
    stage="annotate",
    stage_again="reannotate",
    fan_in=(Step.INDEX,),
)
WITH_ANNOTATION = StepRegistry(*STEPS.values(), SPEC)
CALL = Call(ANNOTATE, tuple((number, 1) for number in range(7)), bulk=True)


def test_queue_route_and_batch_follow_from_the_entry() -> None:
    settings = Settings()
    assert queues.queue_of(CALL, settings, WITH_ANNOTATION) == "post"
    assert queues.batch_of(CALL, settings, WITH_ANNOTATION) == 3
    assert WITH_ANNOTATION.routes()[SPEC.task] == {"queue": "post"}
    assert WITH_ANNOTATION.queues == (*STEPS.queues, "post")
    assert queues.long_queues(
        dict.fromkeys([*queues.NAMES, "post"], 0) | {"post": 9}, 8, settings, WITH_ANNOTATION
    ) == {ANNOTATE}


def test_stages_supersession_and_idle_count_follow_from_the_entry() -> None:
    assert WITH_ANNOTATION.stages == (*STEPS.stages, "annotate", "reannotate")
    assert WITH_ANNOTATION.revised == (*STEPS.revised, ANNOTATE)
    assert WITH_ANNOTATION.counted == (*STEPS.counted, ANNOTATE)
    assert WITH_ANNOTATION.of_task(SPEC.task) is ANNOTATE


def test_the_progress_bar_follows_from_the_entry() -> None:
    assert sentence(Progress(open={ANNOTATE: 4}), WITH_ANNOTATION) == "annotating 4 posts"
    assert sentence(Progress(open={ANNOTATE: 4, Step.TAG: 1}), WITH_ANNOTATION) == "tagging 1 posts", (
        "the earliest first"
    )


def test_two_entries_of_one_step_or_task_are_refused() -> None:
    with pytest.raises(ValueError, match="same step or task"):
        StepRegistry(*STEPS.values(), STEPS[Step.TAG])
    with pytest.raises(ValueError, match="same step or task"):
        StepRegistry(STEPS[Step.TAG], StepSpec(ANNOTATE, Subject.FILE, "media", STEPS[Step.TAG].task, None))


def test_every_step_has_its_entry_in_the_order_of_the_flow() -> None:
    assert tuple(STEPS) == tuple(Step)
    order = list(STEPS)
    for step, spec in STEPS.items():
        assert all(order.index(child) < order.index(step) for child in spec.fan_in)
        assert spec.after_dead is None or order.index(spec.after_dead) > order.index(step)


@pytest.mark.parametrize(
    ("changes", "step", "waits", "where"),
    [
        ({}, Step.ANALYZE, False, {"media"}),
        ({"vision_provider": "none"}, Step.ANALYZE, False, {"media"}),
        ({"vision_provider": "gigachat"}, Step.ANALYZE, True, {"llm"}),
        ({"vision_provider": "local", "vision_fallback": "gigachat"}, Step.ANALYZE, True, {"media", "llm"}),
        ({"vision_provider": "openai", "vision_fallback": "local"}, Step.ANALYZE, True, {"media", "llm"}),
        ({"tagger": "openai"}, Step.TAG, True, {"llm"}),
        ({"tagger": "openai"}, Step.ANALYZE, False, {"media"}),
        ({"tagger": "openai", "vision_provider": "gigachat"}, Step.INDEX, False, {"default"}),
        ({"tagger": "openai", "vision_provider": "gigachat"}, Step.ASK, False, {"default"}),
        ({"answerer": "openai"}, Step.ASK, True, {"llm"}),
        ({"answerer": "gigachat"}, Step.TAG, False, {"default"}),
    ],
)
def test_one_answer_whether_calls_wait_for_a_network(
    changes: dict[str, str], step: Step, waits: bool, where: set[str]
) -> None:
    """The sweeper, the publisher, the queue lengths and the provider chain ask the same place."""
    settings = Settings(**changes)  # type: ignore[arg-type]
    spec = STEPS[step]
    assert queues.may_wait(spec, settings) is waits
    assert queues.queues_of(spec, settings) == where
    assert waits is (queues.REMOTE in where)


def test_calls_that_wait_for_a_network_carry_one_key() -> None:
    settings = Settings(tagger="gigachat")
    assert queues.batch_of(Call(Step.TAG, ((1, 1),)), settings) == 1
    assert queues.batch_of(Call(Step.ANALYZE, ((1, 1),), remote=True), settings) == 1
    assert queues.batch_of(Call(Step.ANALYZE, ((1, 1),)), settings) == STEPS[Step.ANALYZE].batch == 4
    assert queues.batch_of(Call(Step.INDEX, ((1, 1),)), settings) == settings.batch_size
    assert [is_remote(name) for name in ("local", "gigachat", "openai")] == [False, True, True]

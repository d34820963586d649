"""Rows follow the one entry of their step: sweep, fan-in, count of open work, batches; and the locks of steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import event, text

from app import db
from app.db import transaction
from app.domain.advisory_locks import DOWNLOAD_BEFORE, AdvisoryLock
from app.domain.flow import Call
from app.domain.kinds import Step
from app.domain.reading import Recipe
from app.domain.steps import STEPS, StepRegistry
from app.operations.progress import count_final, progress
from app.pipeline.engine import work
from app.pipeline.engine.fan_in import not_ready
from app.pipeline.engine.sweep import sweep
from app.pipeline.steps.download import download_media
from app.pipeline.vision import recipes
from app.settings import Settings, get_settings
from tests.factories.messages import album, message, now, photo
from tests.integration.pipeline.database import change, rows
from tests.integration.pipeline.flow import Flow
from tests.unit.test_steps import ANNOTATE, WITH_ANNOTATION


def enqueue(step: Step, *subjects: int, revision: int = 1) -> None:
    with transaction() as session:
        work.enqueue(session, step, [(subject, revision) for subject in subjects], hint=0.0, traces={})


def swept(steps: StepRegistry = STEPS, busy: tuple[Step, ...] = ()) -> list[Call]:
    return [call for call in sweep(busy, steps) if isinstance(call, Call)]


def sizes(step: Step) -> list[int]:
    return sorted(len(call.keys) for call in swept() if call.step is step)


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Callable[..., None]:
    """Sets settings for one test."""

    def change_settings(**changes: str) -> None:
        for name, value in changes.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()

    return change_settings


def test_a_step_that_is_only_an_entry_is_swept_in_its_batches(settings: Settings) -> None:
    enqueue(ANNOTATE, *range(7))
    assert [call for call in swept() if call.step is ANNOTATE] == [], "this release has no such step"
    calls = [call for call in swept(WITH_ANNOTATION) if call.step is ANNOTATE]
    assert [len(call.keys) for call in calls] == [3, 3, 1]
    assert {key for call in calls for key in call.keys} == {(subject, 1) for subject in range(7)}
    assert swept(WITH_ANNOTATION) == [], "their messages are under way"


def test_its_fan_in_waits_for_the_steps_that_the_entry_names(settings: Settings) -> None:
    enqueue(Step.INDEX, 1, 2)
    enqueue(ANNOTATE, 1, 2)
    change("UPDATE work SET state = 'done' WHERE step = 'index' AND subject_id = 2")
    with transaction() as session:
        assert not_ready(session, WITH_ANNOTATION[ANNOTATE], [1, 2], WITH_ANNOTATION) == {1}
    assert [call.keys for call in swept(WITH_ANNOTATION) if call.step is ANNOTATE] == [((2, 1),)]


def test_its_open_rows_mean_that_something_is_left_to_do(settings: Settings) -> None:
    enqueue(ANNOTATE, 1)
    with transaction() as session:
        since = datetime.now(UTC)
        assert progress(session, since).idle, "this release has no such step"
        assert progress(session, since, steps=WITH_ANNOTATION).open == {ANNOTATE: 1}
    change("UPDATE work SET state = 'done'")
    with transaction() as session:
        assert (count_final(session), count_final(session, WITH_ANNOTATION)) == (0, 1)


def test_live_calls_of_the_sweeper_keep_to_the_batch_too(settings: Settings) -> None:
    """A task's time limit is reckoned for the files of one message."""
    enqueue(Step.ANALYZE, *range(9))
    enqueue(Step.COLLECT, *range(100, 112))
    enqueue(Step.TAG, *range(60))
    calls = swept()
    found = {
        step: sorted(len(call.keys) for call in calls if call.step is step)
        for step in (Step.ANALYZE, Step.COLLECT, Step.TAG)
    }
    assert found == {Step.ANALYZE: [1, 4, 4], Step.COLLECT: [2, 10], Step.TAG: [10, 50]}
    assert not any(call.bulk for call in calls)


def test_live_tags_of_a_paid_tagger_go_one_by_one(configure: Callable[..., None]) -> None:
    configure(TAGGER="openai")
    enqueue(Step.TAG, *range(3))
    assert sizes(Step.TAG) == [1, 1, 1]


def test_a_paid_fallback_waits_for_a_network_beside_a_local_primary(configure: Callable[..., None]) -> None:
    """Behind a long queue of local readings, news that the fallback is to read still goes out."""
    configure(VISION_PROVIDER="local", VISION_FALLBACK="gigachat")
    with transaction() as session:
        paid = recipes.register(session, Recipe(provider="gigachat", model="pro", prompt_hash="0" * 64))
    enqueue(Step.ANALYZE, 1, revision=paid)
    [call] = swept(busy=(Step.ANALYZE,))
    assert (call.keys, call.remote) == (((1, paid),), True)


def test_an_album_that_waits_has_its_downloads_enqueued_once(flow: Flow) -> None:
    """Collecting takes seconds; the rows of its known media are there from the first page on."""
    flow.watch()
    flow.post(*album(range(1, 4), 77, date=now()))
    inserted: Counter[str] = Counter()

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("INSERT INTO work "):
            values = list(parameters.values()) if isinstance(parameters, dict) else []
            [step] = [value for value in values if isinstance(value, str) and value in set(Step)]
            inserted[step] += len(next(value for value in values if isinstance(value, list)))

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        flow.run()
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)
    assert inserted["download"] == 3
    assert len(rows("SELECT 1 FROM work WHERE step = 'download' AND state = 'done'")) == 3


# Advisory locks


def test_a_download_respects_the_locks_of_workers_of_release_0_1(flow: Flow) -> None:
    """During an upgrade a worker of the release before may be leasing the same Telegram file."""
    flow.watch()
    flow.post(message(1, "One", photo("cat")))
    flow.drive.poll()
    [key] = rows("SELECT id, telegram_key FROM post_media")
    change("UPDATE post_media SET sha256 = NULL")  # as before its download
    change("UPDATE work SET state = 'due', lease_token = NULL WHERE step = 'download'")
    for seed in (DOWNLOAD_BEFORE, AdvisoryLock.DOWNLOAD):
        with transaction() as other:
            other.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:key, :seed))"),
                {"key": key[1], "seed": seed.value},
            )
            change("UPDATE work SET next_attempt_at = now() WHERE step = 'download' AND state = 'due'")
            download_media(flow.drive.media, "account", [(cast(int, key[0]), 0)], bulk=True)
            [state] = rows("SELECT state, last_error FROM work WHERE step = 'download'")
            assert state[0] == "due"
            assert "being downloaded for another post" in str(state[1])


def test_each_lock_has_a_number_of_its_own() -> None:
    assert len({lock.value for lock in AdvisoryLock}) == len(AdvisoryLock.__members__) == 9
    assert AdvisoryLock.NEAR_DUPLICATES.value == int("7166003"), "the number that workers of release 0.1 take as well"

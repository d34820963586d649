"""A post whose tagging dies, however it does, is found by what it says and shows today."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.demo.llm import Fault
from app.domain.kinds import Step
from app.errors import Transient
from app.pipeline.engine.lost_child import child_lost
from app.pipeline.engine.sweep import sweep
from tests.factories.messages import album, message, photo
from tests.factories.rows import leased
from tests.integration.pipeline.database import albums, change, enrichment, one, rows
from tests.integration.pipeline.database import work as work_rows
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import bought
from tests.integration.pipeline.test_sweep import Lossy
from tests.integration.pipeline.verifying import wrong

TAGGED = "app.tasks.tag.tag_publication"


def found() -> list[tuple[str, str]]:
    """(text, words in its pictures) of what search finds."""
    return [(text.strip(), ocr.strip()) for text, ocr in rows("SELECT text, ocr FROM search_documents ORDER BY 1")]


def states(step: Step = Step.TAG) -> list[str]:
    """The states of a step's rows, oldest first."""
    return [row[2] for row in work_rows(step)]


def stumble(flow: Flow) -> None:
    """Whatever the tagger is asked, it fails."""
    flow.tagger.failures = [Transient("the tagger stumbles", 0.0) for _ in range(50)]


def expired(flow: Flow) -> None:
    """Whoever tagged it vanished each time."""
    change(
        "UPDATE work SET state = 'leased', attempts = 3, lease_token = gen_random_uuid(),"
        " lease_until = now() - interval '1 s' WHERE step = 'tag'"
    )
    flow.drive.settle()


def killed(flow: Flow) -> None:
    """It kills the process that tags it."""
    for _ in range(3):
        change("UPDATE work SET next_attempt_at = now() WHERE step = 'tag'")
        keys = rows("SELECT subject_id, revision FROM work WHERE step = 'tag'")
        assert len(leased(Step.TAG, [(s, r) for s, r in keys])) == 1
        child_lost(TAGGED, keys, "signal 9 (SIGKILL)")
    flow.drive.settle()


@pytest.mark.parametrize("die", [stumble, expired, killed])
def test_a_post_whose_tagging_died_is_found_by_its_words(flow: Flow, die: Callable[[Flow], None]) -> None:
    """docs/guarantees.md: exhausted work is dead, and its publication goes on with what it has."""
    flow.post(message(1, "The ferry sails again"))
    flow.drive.watch("@news")
    if die is stumble:
        stumble(flow)
        flow.run()
    else:
        broker = Lossy(flow, Step.TAG)
        flow.drive.poll()
        broker.steps = ()
        die(flow)
    assert states() == ["dead"]
    assert found() == [("The ferry sails again", "")]
    assert wrong(flow) == {}


@pytest.mark.parametrize("die", [stumble, expired])
def test_after_an_edit_the_old_text_is_found_no_longer(flow: Flow, die: Callable[[Flow], None]) -> None:
    flow.post(message(1, "The ferry sails again"))
    flow.watch()
    flow.post(message(1, "The ferry is out of order"))
    if die is stumble:
        stumble(flow)
        flow.run()
    else:
        broker = Lossy(flow, Step.TAG)
        flow.drive.poll()
        broker.steps = ()
        change("UPDATE work SET hint_at = now() + interval '1 h' WHERE state = 'due' AND step = 'tag'")
        change(
            "UPDATE work SET state = 'leased', attempts = 3, lease_token = gen_random_uuid(),"
            " lease_until = now() - interval '1 s' WHERE step = 'tag' AND revision = 2"
        )
        flow.drive.settle()
    assert states() == ["done", "dead"]
    assert found() == [("The ferry is out of order", "")]
    assert wrong(flow) == {}


@pytest.mark.parametrize("die", [stumble, expired])
def test_what_was_read_in_its_picture_is_found_though_nobody_tags_it_again(
    flow: Flow, die: Callable[[Flow], None]
) -> None:
    flow.post(message(1, "At the harbour", photo("ferry", "TIMETABLE")))
    broker = Lossy(flow, Step.ANALYZE)
    flow.drive.watch("@news")
    flow.drive.poll()
    assert (states(), found()) == (["done"], [("At the harbour", "")])
    broker.steps = () if die is stumble else (Step.TAG,)
    if die is stumble:
        stumble(flow)
    else:
        flow.drive.follow(sweep())
        flow.drive.follow(sweep())
        assert states() == ["due"]
        broker.steps = ()
        die(flow)
    flow.run()
    assert states() == ["dead"]
    assert found() == [("At the harbour", "TIMETABLE")]
    assert wrong(flow) == {}


class Puzzled(PictureReader):
    """A chain that breaks over the question whether it reads pictures."""

    def reads(self, mime: str) -> bool:
        """No answer."""
        raise RuntimeError("no answer")


def test_a_publication_that_cannot_be_persisted_is_tagged_and_found_all_the_same(flow: Flow) -> None:
    flow.drive.vision = Puzzled()
    flow.post(*album(range(10, 12), 5, {10: "Two views of the harbour"}), message(20, "A harbour without pictures"))
    flow.watch()
    assert (states(Step.PERSIST), states()) == (["dead", "done"], ["done", "done"])
    assert [text for text, _ in found()] == ["A harbour without pictures", "Two views of the harbour"]
    assert enrichment(10, "tags") is not None

    flow.drive.vision = flow.vision  # put right, and asked for by a person
    change("UPDATE work SET state = 'due', attempts = 0 WHERE state = 'dead'")
    flow.drive.settle()
    assert albums() == [(5, "photo", 2, "complete", [10, 11])]
    assert enrichment(10, "vision") is not None


@pytest.mark.parametrize("end", ["waiting", "unknown"])
def test_while_paid_tags_wait_the_words_of_a_picture_are_found(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, end: str
) -> None:
    """The post was indexed when it came; its picture is read before anybody can pay for its tags."""
    with bought(flow, monkeypatch) as bill:
        bill.tag_with("openai", TAG_WAIT=300, **({"OPENAI_DAILY_TOKENS": 1} if end == "waiting" else {}))
        flow.watch()
        if end == "unknown":
            bill.tag_with("openai", TAG_WAIT=300, TAGGER_TIMEOUT=0.5)
            bill.server.faults.add(Fault("hang"))
        flow.post(message(1, "At the harbour", photo("ferry", "TIMETABLE")))
        flow.run()
        if end == "unknown":
            bill.later()
        assert states() == [end]
        assert found() == [("At the harbour", "TIMETABLE")]
        indexed = one("SELECT indexed_at FROM search_documents")
        bill.later()
        assert one("SELECT indexed_at FROM search_documents") == indexed, "once is enough"

"""Whoever gives a file up hands it over to the next provider of the chain, however he failed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.db import transaction
from app.demo.llm import Fault
from app.domain.kinds import State, Step
from app.errors import Skip, Transient
from app.pipeline.engine.lost_child import child_lost
from app.ports import MediaInput, VisionProvider
from app.reprocess.choice import choose
from app.reprocess.files import Files
from app.reprocess.run import read_again
from tests.factories.messages import message, photo
from tests.factories.rows import leased
from tests.integration.pipeline.database import change, enrichment, rows
from tests.integration.pipeline.flow import Flow, PictureReader
from tests.integration.pipeline.paid import Bought, readings, reasons, states
from tests.integration.pipeline.reprocessing import planned
from tests.integration.pipeline.test_sweep import Lossy
from tests.integration.pipeline.verifying import wrong


class NoPictures(PictureReader):
    """A provider without a reader for pictures."""

    def reads(self, mime: str) -> bool:
        """Nothing of what is posted here."""
        return False

    def read(self, media: MediaInput) -> None:  # type: ignore[override]
        """As every provider says it."""
        raise Skip(f"no reader for {media.mime}")


def second(flow: Flow) -> PictureReader:
    """Who stands last in the chain; behind the first one stands somebody who has no reader."""
    reader = PictureReader(model="second")
    nobody: VisionProvider = NoPictures(model="none")  # type: ignore[assignment]
    flow.drive.fallback = (nobody, reader)
    return reader


def stumble(flow: Flow) -> None:
    """Each try ends in an error."""
    flow.vision.failures = {"boat": [Transient("out of memory", 0.0) for _ in range(3)]}
    flow.drive.settle()


def vanish(flow: Flow) -> None:
    """Each try takes its worker along."""
    change(
        "UPDATE work SET state = 'leased', attempts = 3, lease_token = gen_random_uuid(),"
        " lease_until = now() - interval '1 s' WHERE step = 'analyze'"
    )
    flow.drive.settle()


def die(flow: Flow) -> None:
    """Each try takes its process along."""
    keys = rows("SELECT subject_id, revision FROM work WHERE step = 'analyze'")
    for _ in range(3):
        change("UPDATE work SET next_attempt_at = now() WHERE step = 'analyze'")
        assert len(leased(Step.ANALYZE, [(s, r) for s, r in keys])) == 1
        child_lost("app.tasks.analyze.analyze_media", keys, "signal 11 (SIGSEGV)")
    flow.drive.settle()


@pytest.mark.parametrize("give_up", [stumble, vanish, die])
def test_a_file_that_one_gave_up_is_read_by_the_next(flow: Flow, give_up: Callable[[Flow], None]) -> None:
    reader = second(flow)
    flow.post(message(1, "At the harbour", photo("boat", "TIMETABLE")))
    flow.drive.watch("@news")
    broker = Lossy(flow, Step.ANALYZE)
    flow.drive.poll()
    broker.steps = ()
    give_up(flow)
    assert (states()["dead"], states()["done"], len(reader.calls)) == (1, 1, 1)
    vision = enrichment(1, "vision")
    assert vision is not None
    assert vision["items"][0]["labels"] == ["boat"]
    assert rows("SELECT ocr FROM search_documents") == [("TIMETABLE",)]
    assert wrong(flow) == {}


def test_what_was_read_before_is_not_handed_over_by_a_re_reading(flow: Flow) -> None:
    """Whoever ranks lower has nothing to add, and may cost something."""
    flow.post(message(1, "At the harbour", photo("boat")))
    flow.watch()
    reader = second(flow)
    flow.vision.prompt = "1" * 64
    with transaction() as session:
        keys = Files(session, [flow.vision, *flow.drive.fallback], choose(session, None, None, ())).keys()
        read_again(session, keys)
    stumble(flow)
    assert states() == {"dead": 1, "done": 1}
    assert reader.calls == []


def test_a_picture_that_is_too_large_for_one_server_is_read_by_the_next(bill: Bought) -> None:
    reader = PictureReader()
    bill.connect("openai", fallback=(reader,))
    bill.server.faults.add(Fault("too_large", times=0))
    bill.photos(1)
    assert (bill.chats, len(reader.calls)) == (2, 1)  # once more with smaller pictures, unpaid
    assert [(status, provider) for status, _, provider in readings()] == [("ok", "test")]
    assert any("too large" in reason for reason in reasons(State.SKIPPED))
    assert bill.spent() == 0


def test_when_all_are_back_a_picture_is_paid_once(bill: Bought) -> None:
    """Both accounts were empty and somebody else has read: the fallback's turn is over once the primary has read."""
    for name, value in {**bill.server.environment("openai"), "OPENAI_MODEL": "GigaChat-2-Pro"}.items():
        bill.patch.setenv(name, value)
    fallback = bill.open[-1]
    bill.connect("gigachat", fallback=(fallback, PictureReader()))
    bill.server.faults.add(Fault("no_credit", times=0))
    bill.photos(3)
    assert states() == {"done": 3, "waiting": 6}
    bill.server.faults.clear()
    bill.later()
    assert [provider for _, _, provider in readings()] == ["test"] * 3 + ["gigachat"] * 3
    assert len(bill.server.ledger.readings()) == 3
    assert states() == {"done": 6, "skipped": 3}
    # A person who makes the fallback the primary can still have its readings.
    bill.connect("openai")
    assert planned(bill).files == 3


def test_a_fallback_reads_while_the_primary_stays_away(bill: Bought) -> None:
    fallback = bill.open[-1]
    bill.connect("gigachat", fallback=(fallback,), OPENAI_MODEL="GigaChat-2-Pro", GIGACHAT_DAILY_TOKENS=0)
    bill.photos(2)
    assert [provider for _, _, provider in readings()] == ["openai"] * 2
    assert states() == {"done": 2, "waiting": 2}

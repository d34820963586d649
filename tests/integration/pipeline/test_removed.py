"""`channels remove` while work is due or at work: Telegram is asked nothing more, and what was read is kept."""

from __future__ import annotations

import pytest

from app.db import transaction
from app.demo.telegram import LoopbackTelegram
from app.domain.flow import Call
from app.domain.kinds import Step
from app.operations import channels
from app.pipeline.engine import work as engine
from app.pipeline.steps.poll import enqueue_polls
from tests.factories.messages import album, message, now, texts
from tests.factories.worlds import CITY, GROUP
from tests.integration.pipeline.database import albums, change, one, rows
from tests.integration.pipeline.flow import Flow, elsewhere
from tests.integration.pipeline.test_albums import wait

KEPT = "SELECT count(*) FROM posts"
WHY = "the channel is not watched any more"


def remove(name: str = "@news") -> None:
    """As the command does it."""
    with transaction() as session:
        channels.stop(session, channels.watched(session, name))


def asked(server: LoopbackTelegram) -> int:
    """Requests about messages so far."""
    return sum(server.ledger.count(f"{kind}.{name}") for kind, name in REQUESTS)


REQUESTS = (("messages", "getHistory"), ("channels", "getMessages"), ("channels", "getFullChannel"))


def reasons(step: Step) -> list[tuple[str, str | None]]:
    """(state, reason) of the rows of a step."""
    return rows("SELECT state, reason FROM work WHERE step = :step ORDER BY id", step=step.value)


@pytest.mark.parametrize("step", [Step.POLL, Step.BACKFILL])
def test_work_that_is_due_asks_nothing(step: Step, flow: Flow, server: LoopbackTelegram) -> None:
    """Whatever made it due: a command, or a step that was at work when the channel was removed."""
    flow.post(*texts(range(1, 4)))
    flow.watch()
    remove()
    flow.post(*texts(range(4, 6)))
    change("UPDATE channels SET backfill_cursor = 3")
    [(number, before)] = rows("SELECT id, last_polled_at FROM channels")
    with transaction() as session:
        engine.requeue(session, step, [(number, 0)], hint=0.0)
    requests = asked(server)
    flow.drive.do(Call(step, ((number, 0),)))
    assert asked(server) == requests
    assert reasons(step) == [("skipped", WHY)]
    assert one(KEPT) == 3
    assert one("SELECT last_polled_at FROM channels") == before, "it was not polled"


def test_no_poll_of_a_removed_channel_is_made(flow: Flow) -> None:
    flow.post(*texts([1]))
    flow.post(*texts([1]), channel=CITY)
    flow.watch("@news", "@city")
    remove()
    with transaction() as session:
        found = enqueue_polls(session)
    [call] = found
    assert isinstance(call, Call)
    assert call.keys == ((one("SELECT id FROM channels WHERE reference = '@city'"), 0),)


@pytest.mark.parametrize("step", [Step.POLL, Step.BACKFILL])
def test_a_page_under_way_is_the_last_one(step: Step, flow: Flow, server: LoopbackTelegram) -> None:
    """What this run reads is kept; the rest of the channel is left to the day on which it is added again."""
    live = step is Step.POLL
    flow.post(message(1, service=True))
    if live:
        flow.watch()
    flow.post(*(message(i, service=True) for i in range(2, 502)))
    if not live:
        flow.drive.watch("@news")
    with transaction() as session:
        [poll] = enqueue_polls(session)
    if not live:
        flow.drive.do(poll)  # type: ignore[arg-type]
    source, history = flow.drive.source, flow.drive.source.history
    pages: list[int] = []

    def removed_meanwhile(*given: object, **named: object) -> object:
        page = history(*given, **named)  # type: ignore[arg-type]
        if not pages:
            elsewhere(remove)
        pages.append(len(page))
        return page

    source.history = removed_meanwhile  # type: ignore[method-assign, assignment]
    flow.drive.do(Call(step, ((one("SELECT id FROM channels"), 0),)))
    before = len(pages)
    flow.drive.settle()
    assert len(pages) == before
    assert reasons(step) == [("skipped", WHY)]
    assert one(KEPT) == (101 if live else 400)


def test_an_album_of_a_removed_channel_closes_with_what_is_known(
    flow: Flow, server: LoopbackTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may still grow, but asks for nothing more: its text is found all the same."""
    wait(monkeypatch, 3600.0)
    flow.post(*texts([1]))
    flow.watch()
    flow.post(*album(range(10, 13), GROUP, {10: "Market day"}, date=now()))
    flow.drive.poll()
    assert [row[3] for row in albums()] == ["open"]
    remove()
    flow.post(*album(range(13, 15), GROUP, date=now()))
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE step = 'collect' AND state = 'due'")
    requests = asked(server)
    flow.drive.settle()
    assert asked(server) == requests
    assert reasons(Step.COLLECT)[-1] == ("skipped", WHY)
    assert albums() == [(GROUP, "photo", 3, "complete", [10, 11, 12])]

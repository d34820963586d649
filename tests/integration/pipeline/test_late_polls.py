"""A poll whose lease another one took over: what it brings is older than what is there, and changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import pytest

from app.db import transaction
from app.domain.flow import Next
from app.domain.messages import ChannelRef, Incoming, Unparsed
from app.pipeline.engine.external_runner import run_external
from app.pipeline.steps.backfill import Backfill
from app.pipeline.steps.poll import Poll, enqueue_polls
from app.ports import TelegramSource
from tests.drive import ACCOUNT
from tests.factories.messages import message, texts
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow, WatchedSource

KEPT = "SELECT telegram_message_id, text, deleted_at IS NULL FROM posts ORDER BY 1"
CURSORS = "SELECT cursor, backfill_cursor FROM channels"


class Slow(WatchedSource):
    """The real source over a line on which answers lie until `arrive` is set."""

    def __init__(self, source: TelegramSource) -> None:
        super().__init__(source, None)  # type: ignore[arg-type]
        self.answered, self.arrive = Event(), Event()

    def history(
        self, channel: ChannelRef, *, above: int = 0, below: int = 0, limit: int = 100
    ) -> list[Incoming | Unparsed]:
        """See TelegramSource."""
        found = super().history(channel, above=above, below=below, limit=limit)
        self.answered.set()
        assert self.arrive.wait(20)
        return found


@pytest.fixture
def slow(flow: Flow) -> Slow:
    return Slow(flow.drive.source)


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def under_way(slow: Slow, done: Future[list[Next]]) -> None:
    assert slow.answered.wait(20) or done.result()


def late(slow: Slow, done: Future[list[Next]]) -> list[Next]:
    """The answer arrives at last."""
    slow.arrive.set()
    return done.result()


def lapse() -> None:
    change("UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'leased'")


def test_a_poll_that_comes_late_moves_no_cursor_and_writes_no_post(
    flow: Flow, slow: Slow, aside: ThreadPoolExecutor
) -> None:
    flow.post(*texts(range(1, 4)))
    flow.watch()
    flow.post(*texts([4, 5]))
    with transaction() as session:
        enqueue_polls(session)
    key = (one("SELECT id FROM channels"), 0)
    first = aside.submit(run_external, Poll(slow, ACCOUNT), [key])
    under_way(slow, first)
    flow.post(*texts(range(6, 10)), replace(message(2), text="As it reads since"))
    flow.delete(4)
    assert run_external(Poll(flow.drive.source, ACCOUNT), [key]) == [], "the channel is leased"
    lapse()
    flow.run()
    before, cursors = rows(KEPT), rows(CURSORS)
    assert [number for number, _, _ in before] == [1, 2, 3, 5, 6, 7, 8, 9]
    assert late(slow, first) == [], "nor does it say what comes next"
    assert rows(KEPT) == before
    assert rows(CURSORS) == cursors == [(9, 0)]


def test_history_that_comes_late_does_not_begin_anew(flow: Flow, slow: Slow, aside: ThreadPoolExecutor) -> None:
    """Two pages: the late one is the first, and the beginning was reached meanwhile."""
    flow.post(*texts(range(1, 151)))
    flow.drive.watch("@news")
    with transaction() as session:
        [call] = enqueue_polls(session)
    flow.drive.do(call)  # type: ignore[arg-type]
    key = (one("SELECT id FROM channels"), 0)
    first = aside.submit(run_external, Backfill(slow, ACCOUNT), [key])
    under_way(slow, first)
    lapse()
    flow.run()
    assert one("SELECT count(*) FROM posts") == 150
    assert rows(CURSORS) == [(150, 0)]
    assert late(slow, first) == []
    assert rows(CURSORS) == [(150, 0)], "read to its beginning, and not to be read again"

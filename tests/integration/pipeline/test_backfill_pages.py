"""A run of backfill reads several pages: no page twice, none beyond the limit, and none is lost with a later one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.demo.telegram import LoopbackTelegram
from app.domain.flow import Call
from app.domain.kinds import Step
from app.errors import MediaAuditError, Transient, Withheld
from tests.factories.messages import START, message, texts
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow

POSTS = "SELECT count(*) FROM posts"


def pages(server: LoopbackTelegram) -> list[int]:
    """The ids above which the requests for older pages ended, in order."""
    found = [entry.args.get("offset_id", 0) for entry in server.ledger.of("messages.getHistory")]
    return [below for below in found if below]


def run(flow: Flow) -> None:
    """One run of backfill, without what follows."""
    flow.drive.do(Call(Step.BACKFILL, ((one("SELECT id FROM channels"), 0),), bulk=True))


def begun(flow: Flow) -> None:
    """Polled once, so that the history is due."""
    flow.drive.watch("@news")
    with_history = flow.drive.follow
    flow.drive.follow = lambda nexts, pick=None: [flow.drive.do(call) for call in nexts]  # type: ignore[method-assign, assignment, arg-type]
    flow.drive.poll()
    flow.drive.follow = with_history  # type: ignore[method-assign]


@pytest.mark.parametrize(("count", "runs", "wanted"), [(350, 1, 4), (450, 2, 5), (801, 3, 9)])
def test_each_page_is_asked_for_once(count: int, runs: int, wanted: int, flow: Flow, server: LoopbackTelegram) -> None:
    flow.post(*texts(range(1, count + 1)))
    flow.watch()
    assert one(POSTS) == count
    asked = pages(server)
    assert len(asked) == len(set(asked)) == wanted
    assert len(flow.done(Step.BACKFILL)) == runs
    assert rows("SELECT backfill_cursor FROM channels") == [(0,)]


@pytest.mark.parametrize("error", [Transient("Telegram did not answer"), Withheld("not now", retry_after=0.1)])
@pytest.mark.parametrize("good", [1, 2, 3])
def test_a_page_that_fails_takes_none_with_it(
    good: int, error: MediaAuditError, flow: Flow, server: LoopbackTelegram
) -> None:
    flow.post(*texts(range(1, 451)))
    begun(flow)
    history = flow.drive.source.history
    came: list[int] = []

    def fails(*given: object, **named: object) -> object:
        if len(came) == good:
            came.append(0)
            raise error
        page = history(*given, **named)  # type: ignore[arg-type]
        came.append(len(page))
        return page

    flow.drive.source.history = fails  # type: ignore[method-assign, assignment]
    run(flow)
    assert one(POSTS) == 100 * good
    assert rows("SELECT state, attempts, last_error FROM work WHERE step = 'backfill'") == [("due", 0, None)]
    flow.drive.settle()
    assert one(POSTS) == 450
    assert len(pages(server)) == 5, "what was read is not asked for again"


def test_nothing_is_asked_for_beyond_the_limit(flow: Flow, server: LoopbackTelegram) -> None:
    """The second page passes the day from which posts are wanted, and the next one shows that none is left."""
    flow.post(*(message(n, f"text {n}", date=START + timedelta(days=n)) for n in range(1, 601)))
    flow.drive.watch("@news")
    since = (START + timedelta(days=450)).date()
    change("UPDATE channels SET fetch_since = :since", since=since)
    flow.run()
    assert pages(server) == [601, 501, 450]
    assert one("SELECT min(telegram_message_id) FROM posts") == 450

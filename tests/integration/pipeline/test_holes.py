"""Holes in Telegram's answers: a post is marked as deleted only where this login could see it before."""

from __future__ import annotations

import pytest

from app.db import transaction
from app.demo.telegram import Faults, Hidden, LoopbackTelegram, Restricted
from app.domain.kinds import Step
from app.domain.messages import Account
from app.pipeline.posts.channels import lock_channel
from app.pipeline.posts.ingest import ingest
from app.pipeline.steps.poll import enqueue_polls
from tests.factories.messages import texts
from tests.factories.worlds import NEWS
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.verifying import told

GONE = "SELECT coalesce(array_agg(telegram_message_id ORDER BY 1), '{}') FROM posts WHERE deleted_at IS NOT NULL"


@pytest.fixture
def ten(flow: Flow) -> Flow:
    """@news, read, with the posts 1 to 10."""
    flow.post(*texts(range(1, 11)))
    return flow.watch()


def polls(flow: Flow, times: int = 3) -> list[int]:
    """The deleted posts after some polls."""
    for _ in range(times):
        flow.run()
    found: list[int] = one(GONE)
    return found


def new_login(flow: Flow, user: str = "test account") -> None:
    flow.drive.account = Account(user, "the next login")


@pytest.mark.parametrize("told_border", [True, False])
def test_a_login_that_sees_less_marks_nothing_it_never_saw(
    ten: Flow, server: LoopbackTelegram, told_border: bool
) -> None:
    new_login(ten)
    server.faults = Faults(hidden=(Hidden(NEWS, 8, told=told_border),))
    assert polls(ten) == []
    ten.delete(3, 10)
    assert polls(ten) == [10], "9 is visible below it"
    found = told(ten, telegram=True, repair=True)["telegram"]
    assert (found.ok, found.wrong) == (True, 0)
    assert "8 posts" in " ".join(found.notes)
    assert one(GONE) == [10]


def test_an_account_that_joined_again_marks_nothing_below_its_border(ten: Flow, server: LoopbackTelegram) -> None:
    server.faults = Faults(hidden=(Hidden(NEWS, 8),))
    assert polls(ten) == []
    server.ledger.clear()
    ten.run()
    assert server.ledger.count("channels.getMessages") == 0, "the border is known: nothing is asked in vain"
    server.faults = Faults()
    ten.delete(2)
    assert polls(ten, 1) == [2], "its history was opened again"


@pytest.mark.parametrize("platform", ["all", "android"])
def test_a_restricted_channel_that_looks_empty_marks_nothing(
    ten: Flow, server: LoopbackTelegram, platform: str
) -> None:
    server.faults = Faults(restricted=(Restricted(NEWS, platform),))
    assert polls(ten) == []
    assert told(ten, telegram=True, repair=True)["telegram"].ok
    assert one(GONE) == []
    assert rows("SELECT restriction FROM channels") == [("all" if platform == "all" else "apps",)]
    server.faults = Faults()
    ten.delete(4)
    assert polls(ten, 1) == [4]


def test_a_channel_restricted_in_some_apps_alone_tells_its_deletions(ten: Flow, server: LoopbackTelegram) -> None:
    server.faults = Faults(restricted=(Restricted(NEWS, "ios", "porn", empty=False),))
    ten.delete(4)
    assert polls(ten, 1) == [4]


def test_a_history_cleared_by_its_admins_is_told_at_the_second_look(ten: Flow) -> None:
    ten.delete(*range(1, 11))
    assert polls(ten, 1) == []
    assert polls(ten, 1) == list(range(1, 11))
    assert one("SELECT vanished_at IS NULL FROM channels"), "nothing is in doubt any more"


def test_a_cleared_history_under_a_new_post_is_told_at_the_second_look(ten: Flow) -> None:
    ten.delete(*range(1, 11))
    ten.post(*texts([11]))
    assert polls(ten, 1) == []
    assert polls(ten, 1) == list(range(1, 11))


def test_an_empty_answer_that_was_an_accident_marks_nothing(ten: Flow, server: LoopbackTelegram) -> None:
    kept = dict(server.world.channels[0].messages)
    server.world.channels[0].messages.clear()
    assert polls(ten, 1) == []
    server.world.channels[0].messages.update(kept)
    assert polls(ten, 1) == []
    server.world.channels[0].messages.clear()
    assert polls(ten, 1) == [], "the doubt of long ago confirms nothing"


def test_another_account_tells_what_is_gone_amid_what_it_sees(ten: Flow, server: LoopbackTelegram) -> None:
    ten.drive.account = Account("another user", "its login")
    server.faults = Faults(hidden=(Hidden(NEWS, 3),))
    ten.delete(1, 7)
    assert polls(ten) == [7]


def test_posts_marked_wrongly_come_back_when_they_are_seen(ten: Flow) -> None:
    with transaction() as session:
        ingest(session, lock_channel(session, one("SELECT id FROM channels")), [], range(1, 9))
    assert one(GONE) == list(range(1, 9))
    assert polls(ten, 1) == []
    assert one("SELECT count(*) FROM publications WHERE deleted_at IS NOT NULL") == 0


def test_verify_repairs_a_wrong_mark_outside_the_window_and_asks_a_page_at_a_time(
    flow: Flow, server: LoopbackTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow.post(*texts(range(1, 351)))
    flow.watch()
    change("UPDATE posts SET deleted_at = now() WHERE telegram_message_id IN (5, 6)")
    flow.delete(120, 1)
    server.ledger.clear()
    found = told(flow, telegram=True, repair=True)["telegram"]
    assert (found.checked, found.wrong, found.repaired) == (350, 4, 4)
    assert one(GONE) == [1, 120]
    asked = server.ledger.count("channels.getMessages"), server.ledger.count("channels.getFullChannel")
    assert asked == (4 + 2, 1), "a request a page, one a page with faults, one second look"


def test_verify_leaves_a_cleared_history_to_the_polls(ten: Flow) -> None:
    ten.delete(*range(1, 11))
    found = told(ten, telegram=True, repair=True)["telegram"]
    assert (found.wrong, one(GONE)) == (0, [])
    assert "10 posts" in " ".join(found.notes)
    assert polls(ten, 2) == list(range(1, 11))
    assert told(ten, telegram=True)["telegram"].notes == []


@pytest.mark.parametrize("again", [False, True])
def test_hidden_history_is_read_once_it_is_shown(flow: Flow, server: LoopbackTelegram, again: bool) -> None:
    """An empty page is no beginning where older messages are hidden: they stay unread, and history says so."""
    flow.post(*texts(range(1, 31)))
    server.faults = Faults(hidden=(Hidden(NEWS, 20),))
    flow.watch()
    assert one("SELECT count(*) FROM posts") == 10
    assert rows("SELECT cursor, backfill_cursor FROM channels") == [(30, 21)]
    [(_, _, state, reason)] = work(Step.BACKFILL)
    assert (state, "joined after" in reason) == ("waiting", True)
    if again:
        new_login(flow)
    server.faults = Faults()
    flow.run()
    assert one("SELECT count(*) FROM posts") == 30
    assert rows("SELECT cursor, backfill_cursor FROM channels") == [(30, 0)]


def test_history_that_ended_under_a_restriction_of_some_apps_is_read(flow: Flow, server: LoopbackTelegram) -> None:
    """Such a restriction stays for years, and hides nothing: an earlier release gave up for another reason."""
    flow.post(*texts(range(1, 31)))
    server.faults = Faults(restricted=(Restricted(NEWS, "ios", empty=False),))
    flow.watch()
    change("UPDATE channels SET backfill_cursor = 20")
    change("UPDATE work SET state = 'dead', reason = 'refused', attempts = 1 WHERE step = 'backfill'")
    flow.run()
    assert rows("SELECT backfill_cursor, restriction FROM channels") == [(0, "apps")]
    assert [row[2] for row in work(Step.BACKFILL)] == ["done"]


@pytest.mark.parametrize("platform", ["all", "android"])
def test_a_restriction_ends_no_history(flow: Flow, server: LoopbackTelegram, platform: str) -> None:
    flow.post(*texts(range(1, 251)))
    flow.drive.watch("@news")
    with transaction() as session:
        (poll,) = enqueue_polls(session)
    (backfill,) = flow.drive.do(poll)  # type: ignore[arg-type]
    server.faults = Faults(restricted=(Restricted(NEWS, platform),))
    flow.drive.follow([backfill])
    assert rows("SELECT cursor, backfill_cursor FROM channels") == [(250, 251)]
    assert [row[2] for row in work(Step.BACKFILL)] == ["waiting"]
    flow.run()
    assert one("SELECT count(*) FROM posts") == 0
    server.faults = Faults()
    flow.run()
    assert one("SELECT count(*) FROM posts") == 250

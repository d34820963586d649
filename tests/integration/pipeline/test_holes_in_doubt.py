"""Answers that look like an end or a deletion and are neither: unread borders, empty pages, hidden posts."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from app.cli.run import _code
from app.demo.telegram import Faults, Hidden, LoopbackTelegram, Refusal, Restricted, Rule
from app.domain.kinds import Step
from app.settings import get_settings
from tests.factories.messages import message, photo, texts
from tests.factories.worlds import NEWS
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_holes import GONE, polls
from tests.integration.pipeline.test_refusals import patient
from tests.integration.pipeline.test_refusals_told import run_once
from tests.integration.pipeline.verifying import told

FULL, HISTORY = ("channels.getFullChannel",), ("messages.getHistory",)
POSTS = "SELECT count(*) FROM posts"


def woken(flow: Flow, until: Callable[[], bool], seconds: float = 60.0) -> None:
    """Runs after the time of all waits has come, until this holds: the adapter has pauses of its own."""
    deadline = time.monotonic() + seconds
    while not until() and time.monotonic() < deadline:
        change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE state = 'waiting'")
        flow.run()


def download_says(words: str) -> bool:
    """Whether the reason of the only download holds these words."""
    [(_, _, _, reason)] = work(Step.DOWNLOAD)
    return words in str(reason)


@pytest.fixture
def ten(flow: Flow) -> Flow:
    """@news, read, with the posts 1 to 10."""
    flow.post(*texts(range(1, 11)))
    return flow.watch()


def test_a_risen_border_that_cannot_be_read_marks_nothing(ten: Flow, server: LoopbackTelegram) -> None:
    """The border of an earlier look is no border of today."""
    server.faults = Faults(hidden=(Hidden(NEWS, 8),), alien_answers=Rule(1, methods=FULL))
    assert polls(ten) == []
    assert told(ten, telegram=True, repair=True)["telegram"].wrong == 0
    server.faults = Faults()
    ten.delete(2)
    woken(ten, lambda: bool(polls(ten, 1)))
    assert one(GONE) == [2]


@pytest.mark.parametrize("methods", [FULL, HISTORY], ids=["border", "newest"])
def test_a_second_look_that_is_refused_marks_nothing_and_is_named(
    ten: Flow, server: LoopbackTelegram, methods: tuple[str, ...]
) -> None:
    server.faults = Faults(hidden=(Hidden(NEWS, 8),), refusals=(Refusal("SOMETHING_NEW", 400, methods),))
    found = told(ten, telegram=True, repair=True)["telegram"]
    assert (found.checked, found.wrong, found.ok) == (10, 0, False)
    assert str(found.error).startswith("@news: whether posts were deleted cannot be told: Telegram refuses")
    assert one(GONE) == []


def test_a_border_that_rises_and_falls_marks_only_what_is_deleted(ten: Flow, server: LoopbackTelegram) -> None:
    for until in (3, 8, 5, 9, 0, 10, 2):
        server.faults = Faults(hidden=(Hidden(NEWS, until),))
        assert polls(ten, 2) == []
        assert told(ten, telegram=True, repair=True)["telegram"].wrong == 0
    server.faults = Faults()
    ten.delete(1, 5, 10)
    assert sorted(polls(ten, 2)) == [1, 5, 10]


@pytest.mark.parametrize("blank", [Rule(first=1), Rule(every=1)], ids=["once", "always"])
def test_an_empty_page_amid_history_ends_nothing(flow: Flow, server: LoopbackTelegram, blank: Rule) -> None:
    flow.post(*texts(range(1, 11)), *texts(range(50, 160)))
    server.faults = Faults(blank=blank)
    flow.watch()
    assert one(POSTS) == 120
    assert one("SELECT backfill_cursor FROM channels") == 0


@pytest.mark.parametrize("known", [0, 2])
def test_an_empty_page_between_two_polls_loses_nothing(
    flow: Flow, server: LoopbackTelegram, monkeypatch: pytest.MonkeyPatch, known: int
) -> None:
    """The window of a poll takes two pages, and the second one comes empty."""
    monkeypatch.setenv("EDIT_WINDOW", "150")
    get_settings.cache_clear()
    flow.post(*texts(range(1, known + 1)))
    flow.watch()
    flow.post(*texts(range(known + 1, 106)))
    server.faults = Faults(blank=Rule(first=2))
    flow.run()
    if known:
        assert "none where the last poll ended" in one("SELECT last_error FROM channels")
    woken(flow, lambda: bool(one(POSTS) == 105))
    assert one(POSTS) == 105


def test_a_restricted_channel_that_shows_nothing_is_named(flow: Flow, server: LoopbackTelegram) -> None:
    flow.post(*texts(range(1, 11)))
    server.faults = Faults(restricted=(Restricted(NEWS),))
    flow.drive.watch("@news")
    done = run_once(flow)
    assert (_code(done), len(done.problems)) == (4, 1)
    assert "Telegram restricts the channel, and shows no message of it" in done.problems[0]
    assert not told(flow)["channels"].ok
    server.faults = Faults()
    done = run_once(flow)
    assert (_code(done), done.problems, one(POSTS)) == (0, [], 10)
    assert told(flow)["channels"].ok


def test_a_history_of_which_all_is_hidden_is_unread(flow: Flow, server: LoopbackTelegram) -> None:
    flow.post(*texts(range(1, 11)))
    server.faults = Faults(hidden=(Hidden(NEWS, 10),))
    flow.drive.watch("@news")
    done = run_once(flow)
    assert (_code(done), "10 ids left" in done.problems[0]) == (4, True)
    server.faults = Faults()
    done = run_once(flow)
    assert (_code(done), done.problems, one(POSTS)) == (0, [], 10)


def test_a_restriction_of_some_apps_leaves_the_beginning_of_history_what_it_is(
    flow: Flow, server: LoopbackTelegram
) -> None:
    """Its first messages were deleted; such restrictions stay for years."""
    flow.post(*texts(range(3, 31)))
    server.faults = Faults(restricted=(Restricted(NEWS, "ios", empty=False),))
    flow.drive.watch("@news")
    done = run_once(flow)
    assert (_code(done), done.problems) == (0, [])


@pytest.mark.parametrize(
    "unseen", [Faults(restricted=(Restricted(NEWS),)), Faults(hidden=(Hidden(NEWS, 1),))], ids=["restricted", "hidden"]
)
def test_a_file_whose_message_is_not_shown_waits(flow: Flow, server: LoopbackTelegram, unseen: Faults) -> None:
    """Its reference is out of date, and the message that has a new one is a hole: but no deletion."""
    flow.post(message(1, "A cat", photo("cat")), *texts([2]))
    server.faults = Faults(refusals=(Refusal("SOMETHING_NEW", 400, ("upload.getFile",)),))
    flow.watch()
    server.expire_references()
    server.faults = unseen
    woken(flow, lambda: download_says("not shown to this account"))
    [(_, _, state, reason)] = work(Step.DOWNLOAD)
    assert (state, "not shown to this account" in str(reason)) == ("waiting", True)
    server.faults = Faults()
    patient(flow)
    assert rows("SELECT state, attempts FROM work WHERE step = 'download'") == [("done", 1)]


def test_a_file_whose_message_was_deleted_is_given_up(flow: Flow, server: LoopbackTelegram) -> None:
    flow.post(*texts([1]), message(2, "A cat", photo("cat")))
    server.faults = Faults(refusals=(Refusal("SOMETHING_NEW", 400, ("upload.getFile",)),))
    flow.watch()
    server.expire_references()
    server.faults = Faults()
    flow.delete(2)
    woken(flow, lambda: download_says("was deleted"))
    [(_, _, state, reason)] = work(Step.DOWNLOAD)
    assert (state, reason) == ("dead", "the message was deleted before its file was downloaded")

"""Refusals of Telegram that end: of the account, of a channel, of unknown kinds. Nothing is lost or charged."""

from __future__ import annotations

import time

import pytest

from app.demo.telegram import EVERY, Faults, Refusal, Rule
from app.demo.world import Message
from app.domain import refusals
from app.domain.kinds import Step
from app.pipeline.engine.sweep import sweep
from app.settings import get_settings
from tests.drive import open_work
from tests.factories.messages import album, message, photo, texts
from tests.factories.worlds import CITY, NEWS
from tests.integration.pipeline.database import change, one, rows, work
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.verifying import wrong

HISTORY = "messages.getHistory"


def patient(flow: Flow, seconds: float = 20.0) -> None:
    """Sweeps until nothing is due and nothing waits for Telegram."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        flow.drive.follow(sweep())
        if not open_work() and not waiting():
            return
        time.sleep(0.02)
    raise AssertionError(f"still waiting: {open_work()} {waiting()}")


def waiting() -> list[tuple[object, ...]]:
    return rows("SELECT step, subject_id, attempts, reason FROM work WHERE state = 'waiting'")


def refuse(flow: Flow, *refusals: Refusal) -> None:
    flow.server.faults = Faults(refusals=refusals)


def allow(flow: Flow) -> None:
    flow.server.faults = Faults()


def asked(flow: Flow, method: str) -> int:
    return len([entry for entry in flow.server.ledger.entries if entry.method == method])


def pictures(count: int) -> list[Message]:
    return [message(number, f"picture {number}", photo(f"thing {number}")) for number in range(1, count + 1)]


def test_refused_pages_of_history_are_read_once_they_are_allowed(flow: Flow) -> None:
    flow.post(*texts(range(1, 251)))
    refuse(flow, Refusal("CHANNEL_PRIVATE", 406, (HISTORY,), NEWS, paged=True, first=2))
    flow.drive.watch("@news")
    flow.drive.poll()
    patient(flow)
    assert one("SELECT count(*) FROM posts") == 250
    assert one("SELECT backfill_cursor FROM channels") == 0
    assert one("SELECT attempts FROM work WHERE step = 'backfill'") == 1


def test_a_successful_poll_arms_history_again_whatever_stood_in_its_row(flow: Flow) -> None:
    flow.post(*texts(range(1, 251)))
    refuse(flow, Refusal("CHANNEL_PRIVATE", 400, (HISTORY,), paged=True))
    flow.watch()
    [[step, _, attempts, reason]] = waiting()
    assert (step, attempts) == ("backfill", 0)
    assert "join it with the account" in str(reason)
    assert one("SELECT last_error FROM channels") == reason
    allow(flow)
    change("UPDATE work SET state = 'dead', reason = 'refused', attempts = 1 WHERE step = 'backfill'")
    flow.run()
    assert one("SELECT count(*) FROM posts") == 250
    assert one("SELECT last_error FROM channels") is None


@pytest.mark.parametrize("row", [None, "dead", "skipped"])
def test_history_is_armed_only_where_a_user_wants_it(
    flow: Flow, monkeypatch: pytest.MonkeyPatch, row: str | None
) -> None:
    monkeypatch.setenv("BACKFILL", "false")
    get_settings.cache_clear()
    flow.post(*texts(range(1, 6)))
    flow.watch()
    if row is not None:  # it was asked for by the command, and an earlier release gave up
        change("INSERT INTO work (step, subject_id, state) SELECT 'backfill', id, :state FROM channels", state=row)
    flow.run()
    assert one("SELECT count(*) FROM posts") == (0 if row is None else 5)


def test_history_that_breaks_the_step_is_not_asked_for_at_every_poll(flow: Flow) -> None:
    flow.post(*texts(range(1, 6)))
    flow.watch()
    change("UPDATE channels SET backfill_cursor = 3")
    change("UPDATE work SET state = 'dead', attempts = 3, updated_at = now() WHERE step = 'backfill'")
    flow.run()
    assert [state for _, _, state, _ in work(Step.BACKFILL)] == ["dead"]
    change("UPDATE work SET updated_at = now() - interval '1 hour' WHERE step = 'backfill'")
    flow.run()
    assert [state for _, _, state, _ in work(Step.BACKFILL)] == ["done"]


def test_files_wait_for_a_frozen_account_and_come_when_it_thaws(flow: Flow) -> None:
    flow.post(*pictures(5), *album([11, 12], 77))
    flow.watch()
    change("DELETE FROM work")
    change("UPDATE post_media SET sha256 = NULL")
    change("DELETE FROM media_vision")
    change("DELETE FROM media_files")
    fresh()
    flow.server.faults = Faults(account_frozen=True)
    for _ in range(4):
        change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE step = 'download'")
        flow.drive.settle()
    downloads = rows("SELECT state, attempts, reason FROM work WHERE step = 'download'")
    assert len(downloads) == 7
    assert all(state == "waiting" and attempts == 0 for state, attempts, _ in downloads)
    assert all("the account is frozen" in reason for _, _, reason in downloads)
    assert one("SELECT count(*) FROM search_documents") == 6, "their words are found meanwhile"
    allow(flow)
    patient(flow)
    assert one("SELECT count(sha256) FROM post_media") == 7
    assert {attempts for (attempts,) in rows("SELECT attempts FROM work WHERE step = 'download'")} == {1}
    assert one("SELECT count(*) FROM media_vision") == 7, "what came late is read, too"
    assert wrong(flow) == {}


@pytest.mark.parametrize("faults", [Faults(account_frozen=True), Faults(alien_answers=Rule(1, methods=EVERY))])
def test_what_was_refused_is_not_asked_for_again_and_again(
    flow: Flow, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "FIRST_PAUSE", 60.0)
    flow.watch()
    flow.post(*pictures(7))
    flow.server.faults = Faults(refusals=(Refusal("CHANNEL_PRIVATE", methods=("upload.getFile",)),))
    flow.run()
    flow.server.faults = faults
    flow.server.ledger.entries.clear()
    for _ in range(4):
        change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE state = 'waiting'")
        flow.run()
    assert 0 < len(flow.server.ledger.entries) <= 12


def fresh() -> None:
    """All publications are as if their posts had just been read."""
    change("INSERT INTO work (step, subject_id, revision) SELECT 'persist', id, revision FROM publications")
    change("INSERT INTO work (step, subject_id) SELECT 'download', id FROM post_media")
    change("UPDATE publications SET persisted_revision = 0")


@pytest.mark.parametrize(
    "refusal",
    [
        Refusal("SOMETHING_NEW", 400),
        Refusal("SOMETHING_NEW", 406),
        Refusal("CHAT_FORBIDDEN", 403),
        Refusal("FROZEN_METHOD_INVALID", 406),
        Refusal("USER_BANNED_IN_CHANNEL", 400),
    ],
    ids=lambda refusal: f"{refusal.code} {refusal.name}",
)
def test_no_refusal_of_everything_ends_anything(flow: Flow, refusal: Refusal) -> None:
    """Far more tries than MAX_ATTEMPTS allows, then an end."""
    flow.post(*pictures(3), *album([11, 12], 77), *texts(range(20, 30)))
    refuse(flow, refusal)
    flow.drive.watch("@news")
    for _ in range(5):
        change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE state = 'waiting'")
        flow.run()
    assert one("SELECT last_error FROM channels") is not None
    allow(flow)
    patient(flow)
    assert one("SELECT count(*) FROM posts") == 15
    assert one("SELECT count(sha256) FROM post_media") == 5
    assert rows("SELECT * FROM work WHERE state IN ('dead', 'skipped')") == []
    assert rows("SELECT last_error FROM channels") == [(None,)]


def test_a_file_that_telegram_refuses_for_good_ends_alone(flow: Flow) -> None:
    first, second = pictures(2)
    assert first.file is not None
    flow.post(first, second)
    refuse(flow, Refusal("FILE_ID_INVALID", 400, ("upload.getFile",), file=first.file.id))
    flow.watch()
    assert [state for _, _, state, _ in work(Step.DOWNLOAD)] == ["dead", "done"]


def test_an_album_whose_siblings_are_refused_goes_on_and_is_completed(flow: Flow) -> None:
    flow.watch()
    flow.post(*album([1, 2], 77))
    refuse(flow, Refusal("CHANNEL_PRIVATE", 400, ("channels.getMessages",)))
    flow.run()
    assert [step for step, *_ in waiting()] == ["collect"]
    assert one("SELECT count(*) FROM search_documents") == 1
    allow(flow)
    patient(flow)
    assert rows("SELECT items_count, state FROM media_groups") == [(2, "complete")]


def test_one_channel_is_refused_and_the_other_is_read(flow: Flow) -> None:
    flow.post(*texts(range(1, 6)))
    flow.post(*texts(range(1, 4)), channel=CITY)
    refuse(flow, Refusal("CHANNEL_PRIVATE", 400, channel=NEWS))
    flow.watch("@news", "@city")
    assert one("SELECT count(*) FROM posts") == 3
    assert [step for step, *_ in waiting()] == ["poll"]
    allow(flow)
    patient(flow)
    assert one("SELECT count(*) FROM posts") == 8


@pytest.fixture
def outage(flow: Flow) -> Flow:
    """Albums and pictures were read up to their files; then no answer has a form that Telethon knows."""
    flow.watch()
    flow.post(*pictures(8), *album([11, 12], 77))
    return flow


def test_answers_that_cannot_be_read_are_charged_to_nothing(outage: Flow) -> None:
    flow = outage
    flow.server.faults = Faults(alien_answers=Rule(every=1, methods=("upload.getFile", "channels.getMessages")))
    flow.drive.poll()
    flow.server.faults = Faults(alien_answers=Rule(every=1, methods=EVERY))
    for _ in range(5):
        change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE state = 'waiting'")
        flow.run()
    downloads = rows("SELECT state, attempts, reason FROM work WHERE step = 'download'")
    assert [(state, attempts) for state, attempts, _ in downloads] == [("waiting", 0)] * 10
    assert all("a newer release" in reason and "\\x" not in reason for _, _, reason in downloads)
    assert [state for _, _, state, _ in work(Step.POLL)] == ["waiting"]
    assert one("SELECT count(*) FROM posts WHERE status = 'unparsed'") == 0
    allow(flow)
    change("UPDATE work SET state = 'due', next_attempt_at = now(), hint_at = now() WHERE state = 'waiting'")
    flow.run()
    patient(flow)
    assert one("SELECT count(sha256) FROM post_media") == 10
    assert rows("SELECT items_count, state FROM media_groups") == [(2, "complete")]

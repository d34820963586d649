"""A login that Telegram closed is a matter of the account: work waits for the next one, and a person is told."""

from __future__ import annotations

import time

import pytest

from app.db import transaction
from app.errors import UserError
from app.local.processes import Processes
from app.operations import run_until_idle
from app.pipeline.engine.sweep import sweep
from app.pipeline.steps.poll import enqueue_polls
from app.settings import get_settings
from tests.factories.messages import album, texts
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow

LOGIN = "media-audit login"


def lose_login(flow: Flow) -> None:
    for key in flow.server._state.keys:
        key.authorised = False


def history_read(flow: Flow) -> None:
    """Up to the downloads; then the login is lost, and everything is tried more often than MAX_ATTEMPTS allows."""
    flow.post(*album(range(1, 4), 77), *album(range(4, 6), 78))
    flow.drive.watch("@news")
    with transaction() as session:
        (poll,) = enqueue_polls(session)
    (backfill,) = flow.drive.do(poll)  # type: ignore[arg-type]
    nexts = flow.drive.do(backfill)  # type: ignore[arg-type]
    lose_login(flow)
    flow.drive.follow(nexts)
    for _ in range(get_settings().max_attempts + 2):
        change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE state = 'due'")
        flow.drive.follow(sweep())
        flow.drive.poll()


def test_work_waits_for_the_next_login_and_is_done_after_it(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    history_read(flow)
    assert rows("SELECT step, subject_id, last_error FROM work WHERE state = 'dead'") == []
    waiting = rows("SELECT attempts, last_error FROM work WHERE step = 'download'")
    assert len(waiting) == 5
    assert all(attempts == 0 and LOGIN in said for attempts, said in waiting)
    assert LOGIN in one("SELECT last_error FROM channels")
    monkeypatch.setenv("TELEGRAM_SESSION", flow.server.session())
    get_settings.cache_clear()
    flow.connect()
    change("UPDATE work SET next_attempt_at = now(), hint_at = now() WHERE state = 'due'")
    flow.run()
    assert one("SELECT count(sha256) FROM post_media") == 5
    assert rows("SELECT last_error FROM channels") == [(None,)]


def test_a_run_ends_at_once_and_names_the_remedy(flow: Flow) -> None:
    flow.post(*texts([1, 2]))
    flow.drive.watch("@news")
    lose_login(flow)
    started = time.monotonic()
    with Processes() as processes, pytest.raises(UserError, match=LOGIN):
        run_until_idle.until_idle(get_settings(), processes, lambda _: flow.drive.poll(), 120.0)
    assert time.monotonic() - started < 60

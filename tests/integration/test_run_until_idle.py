"""Waiting for the end of the flow, through what goes wrong meanwhile."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from app import db
from app.db import transaction
from app.domain.kinds import State, Step
from app.home import endpoints
from app.local import services
from app.local.processes import Processes
from app.migrations.run import run_migrations
from app.models import Work
from app.operations import run_until_idle
from app.operations.progress import Progress
from app.settings import Settings, get_settings
from tests.factories.rows import due

AWAY = 1.0  # seconds without a database: three looks


@pytest.fixture
def own(tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home with a PostgreSQL of its own, which a test may kill."""
    home = tmp_path / "home"
    monkeypatch.setenv("MEDIA_AUDIT_HOME", str(home))
    monkeypatch.setenv("REDIS_URL", redis_url)
    found = services.start(home, valkey=False, tied=True)
    assert found.database_url
    try:
        monkeypatch.setenv("DATABASE_URL", found.database_url)
        get_settings.cache_clear()
        run_migrations(found.database_url)
        yield get_settings()
    finally:
        db.engine().dispose()
        db.engine.cache_clear()
        services.stop(home)


def kill_postgres(home: Path) -> None:
    """Kills the server; its supervisor, asleep for a while, restarts it."""
    found = endpoints.read(home, "postgres")
    assert found
    os.kill(found.supervisor, signal.SIGSTOP)
    os.kill(found.pid, signal.SIGKILL)
    threading.Timer(AWAY, os.kill, (found.supervisor, signal.SIGCONT)).start()


def test_a_restart_of_the_database_is_waited_for_and_a_lost_one_is_not(
    own: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    due(Step.TAG, [(1, 1)], hint=600)
    seen: list[tuple[float, Progress]] = []

    def notice(state: Progress) -> None:
        seen.append((time.monotonic(), state))
        if len(seen) == 1:
            kill_postgres(own.media_audit_home)
        elif state is not seen[0][1]:  # the database answers again
            with transaction() as session:
                session.execute(update(Work).values(state=State.DONE))

    with Processes() as processes:
        assert run_until_idle.until_idle(own, processes, notice, 60).idle
    assert [state.open for _, state in seen[:-1]] == [{Step.TAG: 1}] * (len(seen) - 1)
    assert seen[-1][0] - seen[0][0] > AWAY

    services.stop(own.media_audit_home)
    monkeypatch.setattr(run_until_idle, "PATIENCE", 0.5)
    with Processes() as processes, pytest.raises(OperationalError):
        run_until_idle.until_idle(own, processes, lambda _: None, 60)

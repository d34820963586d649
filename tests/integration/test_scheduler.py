"""Beat says that it hangs when it schedules nothing, but not while it is the broker that is away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery.beat import ScheduleEntry, SchedulingError

from app.health.heartbeat_file import FINE
from app.settings import get_settings
from app.worker.scheduler import LEAST, Scheduler
from tests.celery_app import configured_app


@pytest.fixture
def beat(redis_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Scheduler]:
    """A scheduler that has sent nothing for a while."""
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    get_settings.cache_clear()
    with configured_app() as app:
        found = Scheduler(app=app, schedule_filename=str(tmp_path / "beat"), lazy=True)
        found._sent = time.monotonic() - LEAST - 5.0
        yield found


def entry(beat: Scheduler, *args: object) -> ScheduleEntry:
    return beat.Entry(name="sweep", task="app.tasks.sweep.sweep", schedule=5.0, args=args, app=beat.app)


def test_a_file_of_last_runs_is_neither_read_nor_written(beat: Scheduler, tmp_path: Path) -> None:
    """An older release left one, perhaps half-written: beat would end at every start."""
    left = tmp_path / "beat"
    left.write_bytes(b"half")
    fresh = Scheduler(app=beat.app, schedule_filename=str(left))
    assert {one.task for one in fresh.schedule.values()} >= {"app.tasks.poll.poll_channels", "app.tasks.sweep.sweep"}
    fresh.close()
    assert [(path, path.read_bytes()) for path in tmp_path.glob("beat*")] == [(left, b"half")]


def test_who_schedules_nothing_says_so_until_something_is_sent(beat: Scheduler) -> None:
    with pytest.raises(SchedulingError):
        beat.apply_async(entry(beat, object()), advance=False)  # no message can carry that
    assert beat._liveness().dead
    assert "nothing was scheduled for" in str(beat._liveness().hangs)
    beat.apply_async(entry(beat), advance=False)
    assert beat._liveness() == FINE


def test_a_broker_that_is_away_is_no_hang_of_beat(beat: Scheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    assert beat._liveness().dead
    monkeypatch.setenv("BROKER_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    assert beat._liveness() == FINE

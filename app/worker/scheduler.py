"""The beat scheduler: Celery's own, with a heartbeat that also tells whether it still sends due messages."""

from __future__ import annotations

import os
import socket
import time
from typing import Any

import structlog
from celery import beat

from app.health.heartbeat_file import FINE, LivenessReport
from app.pipeline.engine.heartbeat import Heartbeat
from app.settings import get_settings
from app.status.problems import broker_problems

log = structlog.get_logger()

LEAST = (
    60.0  # seconds without a message after which beat counts as hung; or three times its shortest interval, if longer
)


class Scheduler(beat.Scheduler):  # type: ignore[misc]
    """Sends a heartbeat after each tick. A tick that hangs sends none; ticks that send no message report a hang.

    Keeps no file of last runs: the intervals are seconds, and a half-written file would end beat at every start.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._heartbeat = Heartbeat(f"beat@{socket.gethostname()}", os.getpid(), "schedule")
        self._sent = time.monotonic()
        super().__init__(*args, **options)

    def tick(self, *args: Any, **options: Any) -> Any:
        """Sends due messages; returns the seconds until the next one."""
        wait = super().tick(*args, **options)
        self._heartbeat.beat(self._liveness())
        return wait

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Sends one message."""
        sent = super().apply_async(*args, **options)
        self._sent = time.monotonic()
        return sent

    def close(self) -> None:
        """Ends in good order: records the end in the heartbeat."""
        super().close()
        self._heartbeat.end()

    def _ensure_connected(self) -> Any:
        """Waits for a broker that is down, however long, and goes on sending heartbeats."""

        def failed(error: Exception, interval: float) -> None:
            log.warning("beat waits for the broker", error=type(error).__name__, seconds=interval)
            self._heartbeat.beat()

        return self.connection.ensure_connection(failed, self.app.conf.broker_connection_max_retries)

    def _liveness(self) -> LivenessReport:
        settings = get_settings()
        silent = time.monotonic() - self._sent
        if silent <= max(LEAST, 3 * min(settings.sweep_interval, settings.poll_interval)):
            return FINE
        if broker_problems(settings):
            return FINE  # beat can only wait; status reports the broker itself
        return LivenessReport(hangs=f"nothing was scheduled for {silent:.0f} s", dead=True)

"""Celery's scheduler, which shows that it lives and that it really sends what is due."""

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

LEAST = 60.0  # seconds without a message sent, above which beat hangs; or three of its shortest interval


class Scheduler(beat.PersistentScheduler):  # type: ignore[misc]
    """A tick that never ends gives no sign at all; one that sends nothing says so."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._heartbeat = Heartbeat(f"beat@{socket.gethostname()}", os.getpid(), "schedule")
        self._sent = time.monotonic()
        super().__init__(*args, **options)

    def tick(self, *args: Any, **options: Any) -> Any:
        """Sends what is due; seconds until the next."""
        wait = super().tick(*args, **options)
        self._heartbeat.beat(self._liveness())
        return wait

    def apply_async(self, *args: Any, **options: Any) -> Any:
        """Sends one message."""
        sent = super().apply_async(*args, **options)
        self._sent = time.monotonic()
        return sent

    def close(self) -> None:
        """The end, in good order."""
        super().close()
        self._heartbeat.end()

    def _ensure_connected(self) -> Any:
        """Waits for a broker that is away, however long, and goes on showing that it lives."""

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
            return FINE  # it can only wait; status says so by itself
        return LivenessReport(hangs=f"nothing was scheduled for {silent:.0f} s", dead=True)

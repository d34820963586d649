"""Sends the heartbeats of this process's workers, each with the report of its watchdog.

Usually a process has one worker; tests run several.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from app.pipeline.engine.heartbeat import Heartbeat
from app.worker.watchdog import Watchdog

_heartbeats: dict[str, Heartbeat] = {}
_watchdogs: list[Watchdog] = []


def add(name: str, worker: Any, queues: Sequence[str]) -> None:
    """Begins to send heartbeats for a worker. worker: Celery's WorkController."""
    _watchdogs.append(Watchdog(worker))
    _heartbeats[name] = Heartbeat(name, os.getpid(), ",".join(queues))


def beat() -> None:
    """Writes each worker's liveness report if its heartbeat is due."""
    reports = [watchdog.look() for watchdog in _watchdogs]
    for heartbeat, report in zip(_heartbeats.values(), reports, strict=True):
        heartbeat.beat(report)


def serve(queue: str) -> bool:
    """Whether a worker of this process, or of the parent that forked it, consumes this queue."""
    return any(heartbeat.serves(queue) for heartbeat in _heartbeats.values())


def name() -> str:
    """The first worker's name, for traces."""
    return next(iter(_heartbeats), "worker")


def end() -> None:
    """Records an orderly end in each heartbeat."""
    for heartbeat in _heartbeats.values():
        heartbeat.end()

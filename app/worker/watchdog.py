"""The watchdog of a worker: finds work beyond its time, messages that no child takes, and blocked event loops.

Celery's heartbeat tells only that the parent process runs: it goes on while every child or thread hangs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from celery.worker import state

from app import wiring
from app.adapters.loop import LoopThread, running_loops
from app.health.heartbeat_file import LivenessReport
from app.pipeline.engine.in_progress import IN_PROGRESS
from app.settings import get_settings

# Event-loop lag that counts as a hang, as a share of TELEGRAM_TIMEOUT: a loop that lags longer gives up requests that
# were answered long ago. Decoding and disk access run elsewhere, so a healthy loop is never busy for that long.
LOOP = 0.5


@dataclass
class Watchdog:
    """Examines one worker at each of its heartbeats. worker: Celery's WorkController."""

    worker: Any
    _waiting: float | None = field(default=None, init=False)  # since when a message waits beside a free child or thread

    def look(self) -> LivenessReport:
        """The present state of the worker."""
        held = IN_PROGRESS.look()
        late = [one for one in held if one.late]
        said = [self._late(len(late), max(one.busy for one in late))] if late else []
        ignored = self._ignored()
        if ignored:
            said.append(f"a message has waited {ignored:.0f} s for a free one of them, which does not take it")
        stuck = [(loop, loop.unanswered()) for loop in running_loops()]
        blocked = [(loop, seconds) for loop, seconds in stuck if seconds > LOOP * get_settings().telegram_timeout]
        said += [_blocked(loop, seconds) for loop, seconds in blocked]
        dead = len(late) >= self._size() or bool(ignored and not state.active_requests) or bool(blocked)
        busy = max((one.busy for one in held), default=None)
        return LivenessReport(busy, "; ".join(said) or None, dead, _unready())

    def _size(self) -> int:
        return int(self.worker.concurrency)

    def _late(self, count: int, busy: float) -> str:
        kind = "children" if self.worker.pool.info.get("processes") else "threads"
        return f"{count} of {self._size()} {kind} beyond their time, the longest busy for {busy:.0f} s"

    def _ignored(self) -> float:
        """Seconds that a message has waited beside a free child or thread, 0 below REPUBLISH_AFTER.

        A child that hung while it was idle gets messages and begins none. After REPUBLISH_AFTER seconds the sweeper,
        too, takes such a message for lost.
        """
        waits = len(state.reserved_requests) > len(state.active_requests)
        free = len(state.active_requests) < self._size()
        if not (waits and free):
            self._waiting = None
            return 0.0
        self._waiting = self._waiting or time.monotonic()
        seconds = time.monotonic() - self._waiting
        return seconds if seconds > get_settings().republish_after else 0.0


def _blocked(loop: LoopThread, seconds: float) -> str:
    return f"the event loop {loop.name} has not turned for {seconds:.0f} s"


def _unready() -> str | None:
    """Why the telegram process does not hold its account; None if it does, and in all other processes."""
    return wiring.telegram().unready() if wiring.telegram.exists else None

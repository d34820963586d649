"""Start time and deadline of each task in progress, by thread or forked child: how the watchdog detects a hang.

A table in memory that a parent shares with the children that it forks: a child that hangs reports nothing any more, but
its parent still reads since when it works. The broker's heartbeat does not show it: the parent sends that one.
"""

from __future__ import annotations

import mmap
import struct
import threading
import time
from dataclasses import dataclass

SLOTS = 512  # children or threads of one worker
_SLOT = struct.Struct("dd")  # since, until: monotonic seconds; 0, 0 for an idle slot
SLACK = 1.1  # of the allowed seconds: a lease 10% overdue means a hang, not a slow finish


@dataclass(frozen=True)
class InProgress:
    """One thread's or child's task. busy: its age in seconds. late: seconds past its deadline, else 0."""

    busy: float
    late: float


class InProgressTable:
    """The shared table: working threads and children call `begin`, `allow` and `end`; the watchdog calls `look`."""

    def __init__(self) -> None:
        self._table = mmap.mmap(-1, SLOTS * _SLOT.size)  # anonymous and shared: forked children write into it
        self._mine = threading.local()
        self._guard = threading.Lock()
        self._next = 0

    def take(self, slot: int) -> None:
        """Gives a forked child the slot of the former child with the same number."""
        self._mine.slot = slot % SLOTS
        self._put(0.0, 0.0)

    def begin(self, seconds: float) -> None:
        """Notes that a task begins. seconds: time within which it must show progress."""
        now = time.monotonic()
        self._put(now, now + seconds * SLACK)

    def allow(self, seconds: float) -> None:
        """Notes progress: the next part of the task begins and may take this many seconds. No effect outside tasks."""
        since, until = _SLOT.unpack_from(self._table, self._slot() * _SLOT.size)
        if until:
            self._put(since, time.monotonic() + seconds * SLACK)

    def end(self) -> None:
        """Notes that the slot is idle."""
        self._put(0.0, 0.0)

    def look(self) -> list[InProgress]:
        """Returns the tasks in progress in all threads and children."""
        now = time.monotonic()
        found = _SLOT.iter_unpack(self._table[:])
        return [InProgress(now - since, max(0.0, now - until)) for since, until in found if until]

    def _slot(self) -> int:
        if not hasattr(self._mine, "slot"):
            with self._guard:
                self._mine.slot, self._next = self._next % SLOTS, self._next + 1
        return int(self._mine.slot)

    def _put(self, since: float, until: float) -> None:
        _SLOT.pack_into(self._table, self._slot() * _SLOT.size, since, until)


IN_PROGRESS = InProgressTable()  # made at import, before any fork

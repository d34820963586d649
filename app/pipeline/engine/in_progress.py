"""What the threads or children of this worker have in hand, and until when each is allowed to: how a hang is seen.

One table in memory that a parent shares with the children it forks: a child that hangs can say nothing any more, but
its parent still reads since when. A broker's heartbeat, which the parent sends, would go on.
"""

from __future__ import annotations

import mmap
import struct
import threading
import time
from dataclasses import dataclass

SLOTS = 512  # children or threads of one worker
_SLOT = struct.Struct("dd")  # since, until: monotonic seconds; 0, 0 for nothing in hand
SLACK = 1.1  # of what is allowed: a lease that is over by a tenth is no longer a slow end


@dataclass(frozen=True)
class InProgress:
    """One thread's or child's work. Ages in seconds; late is above 0 once it is beyond its time."""

    busy: float
    late: float


class InProgressTable:
    """The table. `begin`, `allow` and `end` are called by whoever works, `look` by whoever watches."""

    def __init__(self) -> None:
        self._table = mmap.mmap(-1, SLOTS * _SLOT.size)  # anonymous and shared: forked children write into it
        self._mine = threading.local()
        self._guard = threading.Lock()
        self._next = 0

    def take(self, slot: int) -> None:
        """A forked child takes the place of whoever had its number before."""
        self._mine.slot = slot % SLOTS
        self._put(0.0, 0.0)

    def begin(self, seconds: float) -> None:
        """A task begins; it is to show progress within so many seconds."""
        now = time.monotonic()
        self._put(now, now + seconds * SLACK)

    def allow(self, seconds: float) -> None:
        """Progress: the next part of the task begins, and has so many seconds. Outside of any task nobody watches."""
        since, until = _SLOT.unpack_from(self._table, self._slot() * _SLOT.size)
        if until:
            self._put(since, time.monotonic() + seconds * SLACK)

    def end(self) -> None:
        """Nothing is in hand any more."""
        self._put(0.0, 0.0)

    def look(self) -> list[InProgress]:
        """What is in hand now, in all threads and children."""
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


IN_PROGRESS = InProgressTable()  # made at import, before anybody forks

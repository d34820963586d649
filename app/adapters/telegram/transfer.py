"""State of downloads in progress: whether one stalls, and the partial files of those that ran out of time."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from app.adapters.store import Incomplete

LONGEST_KEPT = 1800.0  # seconds: half of the time after which the store takes temporary files for abandoned

Key = tuple[str, int]  # Telegram's key of a file, whose bytes never change, and its size in bytes


@dataclass
class Progress:
    """The progress of one file. Times are monotonic seconds."""

    asked: int = 0  # requested parts that have not arrived
    moved: float = field(default_factory=time.monotonic)  # arrival of the last part, or first request after a pause

    def ask(self) -> None:
        """Records the request of a part."""
        if not self.asked:  # until now the file waited for its neighbours
            self.moved = time.monotonic()
        self.asked += 1

    def arrive(self) -> None:
        """Records the arrival of a part."""
        self.asked -= 1
        self.moved = time.monotonic()

    def stalled(self, seconds: float) -> bool:
        """Whether no requested part has arrived for this many seconds."""
        return self.asked > 0 and time.monotonic() - self.moved >= seconds


class Partials:
    """Keeps partial files in this process, so that the next attempt continues where the last one ran out of time.

    Keeps the running hash, too, so that the sha256 covers all bytes. A caller that takes a file has it alone.
    """

    def __init__(self, most: int) -> None:
        """most: number of files to keep; the oldest one gives way."""
        self._most = most
        self._kept: OrderedDict[Key, tuple[Incomplete, float]] = OrderedDict()

    def take(self, key: Key) -> Incomplete | None:
        """The partial file, for the caller to continue, or None. Touches no disk."""
        found = self._kept.get(key)
        if found is None or time.monotonic() - found[1] > LONGEST_KEPT:
            return None
        del self._kept[key]
        return found[0]

    def keep(self, key: Key, incoming: Incomplete) -> list[Incomplete]:
        """Keeps a partial file; returns those that the caller has to discard for it."""
        old = [self._kept.pop(key)] if key in self._kept else []
        self._kept[key] = (incoming, time.monotonic())
        while len(self._kept) > self._most:
            old.append(self._kept.popitem(last=False)[1])
        return [one for one, _ in old]

    def clear(self) -> list[Incomplete]:
        """Forgets all files and returns them; the caller discards them."""
        found = [one for one, _ in self._kept.values()]
        self._kept.clear()
        return found

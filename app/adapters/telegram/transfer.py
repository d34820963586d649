"""Files under way: whether one stalls, and what has come of those that ran out of time."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field

from app.adapters.store import Incomplete

LONGEST_KEPT = 1800.0  # seconds: half of what the store gives temporary files before it takes them for abandoned

Key = tuple[str, int]  # Telegram's name of the bytes, which never change under it, and their number


@dataclass
class Progress:
    """Whether bytes of one file keep coming. Times are monotonic seconds."""

    asked: int = 0  # parts on their way
    moved: float = field(default_factory=time.monotonic)  # the last part's arrival, or the asking after a pause

    def ask(self) -> None:
        """A part is asked for."""
        if not self.asked:  # until now the file waited for its neighbours
            self.moved = time.monotonic()
        self.asked += 1

    def arrive(self) -> None:
        """A part is here."""
        self.asked -= 1
        self.moved = time.monotonic()

    def stalled(self, seconds: float) -> bool:
        """Whether nothing has come for these seconds, though it was asked for."""
        return self.asked > 0 and time.monotonic() - self.moved >= seconds


class Partials:
    """Beginnings of files, kept in this process so that the next attempt goes on where the last one ran out of time.

    With the running hash, so that the sha256 is that of all bytes. Whoever takes one has it alone.
    """

    def __init__(self, most: int) -> None:
        """most: how many are kept; the oldest gives way."""
        self._most = most
        self._kept: OrderedDict[Key, tuple[Incomplete, float]] = OrderedDict()

    def take(self, key: Key) -> Incomplete | None:
        """What there is of a file, for the caller to write on; touches no disk."""
        found = self._kept.get(key)
        if found is None or time.monotonic() - found[1] > LONGEST_KEPT:
            return None
        del self._kept[key]
        return found[0]

    def keep(self, key: Key, incoming: Incomplete) -> list[Incomplete]:
        """Keeps what has come; returns what has to be discarded for it."""
        old = [self._kept.pop(key)] if key in self._kept else []
        self._kept[key] = (incoming, time.monotonic())
        while len(self._kept) > self._most:
            old.append(self._kept.popitem(last=False)[1])
        return [one for one, _ in old]

    def clear(self) -> list[Incomplete]:
        """Forgets all; returns them, to be discarded."""
        found = [one for one, _ in self._kept.values()]
        self._kept.clear()
        return found

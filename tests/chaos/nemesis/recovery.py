"""How long the system needs after each strike: until nothing is open any more that was open when it struck."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

import psycopg

from tests.chaos.nemesis.background import Background
from tests.chaos.nemesis.bed import Bed

# Polls and backfills come round for ever; their turn is over when the channel was read after the strike.
OPEN = "SELECT id FROM work WHERE state IN ('due', 'leased') AND step NOT IN ('poll', 'backfill')"
READ = "SELECT min(coalesce(last_success_at, 'epoch')) AS at FROM channels WHERE enabled"


@dataclass
class _Wound:
    kind: str
    since: float
    clock: datetime | None = None  # of the database, at the first look after the strike
    open: set[int] = field(default_factory=set)


class Recovery(Background):
    """Watches in a thread while the context lasts. seconds: kind -> seconds of each recovery."""

    def __init__(self, bed: Bed) -> None:
        super().__init__()
        self._bed = bed
        self._wounds: list[_Wound] = []
        self._guard = threading.Lock()
        self.seconds: dict[str, list[float]] = {}

    def struck(self, kind: str) -> None:
        """A strike of that kind is over now."""
        with self._guard:
            self._wounds.append(_Wound(kind, time.monotonic()))

    def wait(self, seconds: float) -> None:
        """Until everything is got over, or so many seconds have passed."""
        deadline = time.monotonic() + seconds
        while self._wounds and time.monotonic() < deadline:
            time.sleep(0.1)

    def work(self) -> None:
        """Looks on."""
        while not self.stop.wait(0.3):
            with suppress(psycopg.OperationalError):
                self._look()

    def _look(self) -> None:
        with self._guard:
            wounds = list(self._wounds)
        if not wounds:
            return
        [row] = self._bed.rows("SELECT clock_timestamp() AS now")
        read = self._bed.one(READ)
        open_ = {row["id"] for row in self._bed.rows(OPEN)}
        for wound in wounds:
            if wound.clock is None:
                wound.clock, wound.open = row["now"], open_
            elif not (wound.open & open_) and read is not None and read > wound.clock:
                self._healed(wound)

    def _healed(self, wound: _Wound) -> None:
        with self._guard:
            self._wounds.remove(wound)
        self.seconds.setdefault(wound.kind, []).append(time.monotonic() - wound.since)

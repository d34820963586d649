"""Records clients' requests and their outcomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. outcome: ok, short, dropped, cut, hung or the name of the RPC error."""

    at: float  # Unix time of arrival
    method: str  # TL name, such as messages.getHistory
    args: dict[str, Any]  # arguments that identify the request: file, offset, limit, ids, channel
    outcome: str
    connection: int  # number of the TCP connection, from 1
    bytes: int  # length of the answer before encryption


@dataclass
class Ledger:
    """Every request since the start or the last clear(); safe to read from other threads."""

    entries: list[Entry] = field(default_factory=list)

    def of(self, method: str, where: Callable[[Entry], bool] = lambda entry: True) -> list[Entry]:
        """The entries of one method, oldest first."""
        return [entry for entry in list(self.entries) if entry.method == method and where(entry)]

    def count(self, method: str, outcome: str | None = None) -> int:
        """How many requests of a method there were, with that outcome if one is given."""
        return len(self.of(method, lambda entry: outcome is None or entry.outcome == outcome))

    def outcomes(self) -> Counter[str]:
        """How often each outcome occurred."""
        return Counter(entry.outcome for entry in list(self.entries))

    def bytes_of(self, method: str) -> int:
        """Bytes answered to a method."""
        return sum(entry.bytes for entry in self.of(method))

    def clear(self) -> None:
        """Forgets all entries."""
        self.entries.clear()

"""What a promise that was not kept looks like."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Violation:
    """kind: lost, doubled, paid twice, stuck or wrong."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


Found = Iterator[Violation]

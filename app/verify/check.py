"""What a check is, and what comes of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.errors import MediaAuditError

EXAMPLES = 5  # faults of a check that are named; the others are counted

K = TypeVar("K")  # what a check goes through, a key each


@dataclass(frozen=True)
class Fault(Generic[K]):
    """One thing that is wrong. where: so that a person finds it; hopeless: why no repair can mend it."""

    key: K
    where: str
    what: str
    hopeless: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" (cannot be repaired: {self.hopeless})" if self.hopeless else "")


@dataclass
class Outcome:
    """What one check found. checked, wrong, repaired: how many; notes: what is no fault and worth knowing."""

    name: str
    checked: int = 0
    wrong: int = 0
    repaired: int = 0
    examples: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remedy: str = ""
    error: str | None = None  # why the check did not come to its end

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong that was not mended, or made due, at once."""
        return self.error is None and self.wrong == self.repaired

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        names = ("name", "ok", "checked", "wrong", "examples", "repaired", "remedy", "notes", "error")
        return {name: getattr(self, name) for name in names}


class Check(ABC, Generic[K]):
    """Goes through everything of one kind in pages, so that its memory does not depend on how much there is."""

    name: str
    remedy = "media-audit verify --repair, then media-audit run (workers that run do it by themselves)"

    @abstractmethod
    def pages(self) -> Iterator[Sequence[K]]:
        """The keys of all that there is."""

    @abstractmethod
    def judge(self, keys: Sequence[K]) -> list[Fault[K]]:
        """What is wrong with these, as one snapshot shows them. What is being worked on is no fault."""

    def mend(self, faults: Sequence[Fault[K]]) -> int:
        """Mends what still is wrong, or makes the work due that does; returns how many are well or on their way."""
        return sum(self.mend_one(fault) for fault in faults)

    def mend_one(self, fault: Fault[K]) -> bool:
        """The same for one fault, in a transaction of its own."""
        return False

    def notes(self) -> list[str]:
        """What a person should know beside the faults; asked last."""
        return []


def run(check: Check[Any], *, repair: bool) -> Outcome:
    """One check from its beginning to its end. Without `repair` nothing is written."""
    outcome = Outcome(check.name)
    try:
        for keys in check.pages():
            note(outcome, check, len(keys), check.judge(keys), repair=repair)
    except MediaAuditError as error:
        outcome.error = str(error)
    return ended(outcome, check)


def note(outcome: Outcome, check: Check[K], checked: int, faults: Sequence[Fault[K]], *, repair: bool) -> None:
    """Counts what a page showed, and mends it if that is wanted."""
    outcome.checked += checked
    outcome.wrong += len(faults)
    outcome.examples += [str(fault) for fault in faults[: EXAMPLES - len(outcome.examples)]]
    if repair and (hopeful := [fault for fault in faults if fault.hopeless is None]):
        outcome.repaired += check.mend(hopeful)


def ended(outcome: Outcome, check: Check[Any]) -> Outcome:
    """The outcome with what is told last."""
    outcome.notes = check.notes()
    outcome.remedy = "" if outcome.ok else check.remedy
    return outcome


def short(text: str) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"

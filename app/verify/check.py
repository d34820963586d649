"""The base of all checks: a check goes through keys in pages, finds faults, may mend them, and ends in an outcome."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from app.errors import MediaAuditError

EXAMPLES = 5  # faults of a check to name; the others are only counted

K = TypeVar("K")  # the key of one subject of a check


@dataclass(frozen=True)
class Fault(Generic[K]):
    """One fault. where: names the subject for the user; hopeless: why no repair can mend it."""

    key: K
    where: str
    what: str
    hopeless: str | None = None

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" (cannot be repaired: {self.hopeless})" if self.hopeless else "")


@dataclass
class Outcome:
    """The result of one check. checked, wrong, repaired: counts; notes: facts that are no fault but worth knowing."""

    name: str
    checked: int = 0
    wrong: int = 0
    repaired: int = 0
    examples: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    remedy: str = ""
    error: str | None = None  # why the check stopped early

    @property
    def ok(self) -> bool:
        """Whether every fault was mended, or its repair made due, at once."""
        return self.error is None and self.wrong == self.repaired

    def as_json(self) -> dict[str, Any]:
        """The outcome as JSON values."""
        names = ("name", "ok", "checked", "wrong", "examples", "repaired", "remedy", "notes", "error")
        return {name: getattr(self, name) for name in names}


class Check(ABC, Generic[K]):
    """A check of all subjects of one kind, in pages, so that its memory does not grow with their number."""

    name: str
    remedy = "media-audit verify --repair, then media-audit run (workers that run do it by themselves)"

    @abstractmethod
    def pages(self) -> Iterator[Sequence[K]]:
        """The keys of all subjects, in pages."""

    @abstractmethod
    def judge(self, keys: Sequence[K]) -> list[Fault[K]]:
        """The faults of these subjects in one snapshot. A subject with work in progress has no fault."""

    def mend(self, faults: Sequence[Fault[K]]) -> int:
        """Mends faults that persist, or makes the work due that mends them; returns how many are mended or due."""
        return sum(self.mend_one(fault) for fault in faults)

    def mend_one(self, fault: Fault[K]) -> bool:
        """Mends one fault in a transaction of its own; returns whether it is mended or due."""
        return False

    def notes(self) -> list[str]:
        """Facts for the user besides the faults; called last."""
        return []


def run(check: Check[Any], *, repair: bool) -> Outcome:
    """Runs one check from beginning to end. Without `repair` it writes nothing."""
    outcome = Outcome(check.name)
    try:
        for keys in check.pages():
            note(outcome, check, len(keys), check.judge(keys), repair=repair)
    except MediaAuditError as error:
        outcome.error = str(error)
    return ended(outcome, check)


def note(outcome: Outcome, check: Check[K], checked: int, faults: Sequence[Fault[K]], *, repair: bool) -> None:
    """Counts the faults of a page in the outcome, and mends them with `repair`."""
    outcome.checked += checked
    outcome.wrong += len(faults)
    outcome.examples += [str(fault) for fault in faults[: EXAMPLES - len(outcome.examples)]]
    if repair and (hopeful := [fault for fault in faults if fault.hopeless is None]):
        outcome.repaired += check.mend(hopeful)


def ended(outcome: Outcome, check: Check[Any]) -> Outcome:
    """The outcome with its notes and remedy."""
    outcome.notes = check.notes()
    outcome.remedy = "" if outcome.ok else check.remedy
    return outcome


def short(text: str) -> str:
    """The beginning of a text in one line."""
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"

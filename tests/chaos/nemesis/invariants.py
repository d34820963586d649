"""What must hold after a quiet period, whatever struck before: asked of the tables, the store and the ledgers."""

from __future__ import annotations

from collections.abc import Iterator

from tests.chaos.nemesis import answers, books, content, telling
from tests.chaos.nemesis.bed import Bed
from tests.chaos.nemesis.violation import Violation


def check(bed: Bed, promised: str) -> list[Violation]:
    """Everything that does not hold. promised: what was said of questions without an answer, hold or retry."""
    return list(_all(bed, hold=promised == "hold"))


def _all(bed: Bed, *, hold: bool) -> Iterator[Violation]:
    yield from content.check(bed)
    yield from answers.check(bed)
    yield from telling.check(bed)
    yield from books.check(bed, hold=hold)

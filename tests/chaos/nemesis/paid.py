"""What was paid for: each question is answered once for each row of work that has it, and each answer has its row."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

Row = tuple[str, int, str]  # (step, subject, key of the question): what may be paid for once
LOST = ("unknown", "waived")  # calls that may have been answered, though the answer never came


@dataclass(frozen=True)
class Kept:
    """An answer that we keep. question: as the provider counts it."""

    question: str
    row: Row


@dataclass(frozen=True)
class Booked:
    """A call in our ledger that corrects no earlier answer."""

    row: Row
    outcome: str


def paid_twice(answered: Mapping[str, int], kept: Sequence[Kept], booked: Sequence[Booked], *, hold: bool) -> list[str]:
    """The questions that were answered more often than their rows explain.

    answered: question -> how often the provider answered it. hold: a question without an answer is never repeated; else
    each call that was lost explains one answer more, of its own question alone.
    """
    own = Counter(one.row for one in booked if one.outcome == "answered")
    wrong = [f"{row} was answered {count} times by our ledger" for row, count in own.items() if count > 1]
    rows = _rows(kept, booked)
    silent = _silent(kept, booked)
    lost = Counter(one.row for one in booked if one.outcome in LOST)
    for question, count in answered.items():
        # Of a question whose answers were all lost no row is known: the largest one that got no answer explains it.
        explained = [rows[question]] if question in rows else silent
        allowed = max((_allowed(some, lost, hold=hold) for some in explained), default=1)
        if count > allowed:
            wrong.append(f"question {question[:12]} was answered {count} times, {allowed} explained")
    return wrong


def _allowed(rows: Collection[Row], lost: Mapping[Row, int], *, hold: bool) -> int:
    return len(rows) + (0 if hold else sum(lost[row] for row in rows))


def _rows(kept: Iterable[Kept], booked: Iterable[Booked]) -> dict[str, set[Row]]:
    """Question -> the rows that have it: equal posts without pictures are one question, under one key."""
    found: dict[str, set[Row]] = defaultdict(set)
    for one in kept:
        found[one.question].add(one.row)
    of_key: dict[tuple[str, str], set[Row]] = defaultdict(set)
    for call in booked:
        of_key[call.row[0], call.row[2]].add(call.row)
    return {question: rows | _equal(rows, of_key) for question, rows in found.items()}


def _equal(rows: Iterable[Row], of_key: Mapping[tuple[str, str], set[Row]]) -> set[Row]:
    # The key of a reading is its recipe's: it says nothing about the file.
    return {other for step, _, key in rows if step == "tag" for other in of_key.get((step, key), ())}


def _silent(kept: Iterable[Kept], booked: Iterable[Booked]) -> list[set[Row]]:
    """The rows of which no answer is kept, together where they are of one question."""
    known = {one.row for one in kept}
    groups: dict[object, set[Row]] = defaultdict(set)
    for call in booked:
        if call.row not in known:
            step, _, key = call.row
            groups[(step, key) if step == "tag" else call.row].add(call.row)
    return list(groups.values())

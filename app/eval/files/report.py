"""Prints the scores of kinds of files as a table, for people or for docs/eval.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.table import Table

from app.eval.files.scores import Row, Score


def show(console: Console, rows: Sequence[Row]) -> None:
    """The table: with two versions before, after and the ratio of their times."""
    head, *body = cells(rows)
    table = Table(*head)
    for row in body:
        table.add_row(*row)
    console.print(table)


def markdown(rows: Sequence[Row]) -> str:
    """The same table for a page of the docs."""
    head, *body = cells(rows)
    lines = [head, tuple("---" for _ in head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cells(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """The head, then a row for each kind, then the sum."""
    two = bool(rows) and len(rows[0].scores) == 2
    found = ("before", "after", "ms before", "ms after", "times as long") if two else ("words found", "ms")
    yield ("kind", "files", "words", *found)
    for row in rows:
        yield (f"{row.group}: {row.name}", str(row.files), str(row.scores[0].held), *_scores(row.scores))
    if rows:
        yield ("all", *_total(rows))


def _scores(scores: Sequence[Score]) -> tuple[str, ...]:
    shares = tuple(_share(score) for score in scores)
    times = tuple(f"{score.milliseconds:.0f}" for score in scores)
    return (*shares, *times, *([_ratio(*scores)] if len(scores) == 2 else ()))


def _ratio(before: Score, after: Score) -> str:
    """How many times as long it takes; nothing where it found less than half as much, which needs no time."""
    return "-" if before.share * 2 < after.share else f"{after.milliseconds / before.milliseconds:.2f}"


def _share(score: Score) -> str:
    told = f" ({', '.join(score.faults)})" if score.faults else ""
    return f"{score.share * 100:.1f} %{told}"


def _total(rows: Sequence[Row]) -> tuple[str, ...]:
    files = sum(row.files for row in rows)
    sums = [
        Score(
            sum(row.scores[at].found for row in rows),
            sum(row.scores[at].held for row in rows),
            sum(row.scores[at].milliseconds * row.files for row in rows) / files,
        )
        for at in range(len(rows[0].scores))
    ]
    return (str(files), str(sums[0].held), *_scores(sums))

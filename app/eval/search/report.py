"""Prints the scores as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.table import Table

from app.cli.output import titled
from app.eval.search.labelled import NONSENSE, Query
from app.eval.search.metrics import DEPTH, NDCG_DEPTH
from app.eval.search.scores import Answer, Score, by_group, noise


def show(console: Console, answers: Sequence[Answer]) -> None:
    """Prints, for each half, the scores by type and by language, then the answers to nonsense."""
    for split in dict.fromkeys(one.query.split for one in answers):
        some = [one for one in answers if one.query.split == split]
        console.print(_scores(f"{split}: by type", some, lambda query: query.type))
        console.print(_scores(f"{split}: by language", some, lambda query: query.language))
        console.print(_noise(split, some))


def _scores(title: str, answers: Sequence[Answer], group: Callable[[Query], str]) -> Table:
    parts = list(dict.fromkeys(one.part for one in answers))
    table = titled(title)
    table.add_column()
    table.add_column("queries", justify="right")
    for measure in (f"nDCG@{NDCG_DEPTH}", f"recall@{DEPTH}", "MRR"):
        for part in parts:
            table.add_column(f"{measure}\n{part}", justify="right")
    scores = {part: by_group([one for one in answers if one.part == part], group) for part in parts}
    for name in next(iter(scores.values())):
        table.add_row(name, str(scores[parts[0]][name].queries), *_cells([scores[part][name] for part in parts]))
    return table


def _cells(row: Sequence[Score]) -> list[str]:
    """Measure by measure, so that the parts stand side by side."""
    return [
        f"{value:.3f}" for values in zip(*((s.ndcg, s.recall, s.mrr) for s in row), strict=True) for value in values
    ]


def _noise(split: str, answers: Sequence[Answer]) -> Table:
    table = titled(f"{split}: {NONSENSE}")
    for heading in ("part", "queries", "answered", "hits"):
        table.add_column(heading)
    for part in dict.fromkeys(one.part for one in answers):
        counts = noise([one for one in answers if one.part == part])
        table.add_row(part, str(counts.queries), str(counts.answered), str(counts.hits))
    return table

"""Prints the scores as tables: each method by group, all methods side by side, and their refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from app.cli.output import titled
from app.eval.ask.attempts import Attempt
from app.eval.ask.baselines import OFFERED
from app.eval.ask.curves import area, compared, refused_at
from app.eval.ask.scores import ALL, Score, at_levels, by_group, faith, refusals, wrongly_answered

RATES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)  # of wrongly answered questions, at which refusals are told
HEADINGS = ("answered", "right", "precision", "recall", "facts")

Methods = dict[str, Sequence[Attempt]]
"""The answers of each method, ours first."""


def show(console: Console, attempts: Sequence[Attempt]) -> None:
    """Prints, for each half, the evidence in the offered spans, the scores and the refusals."""
    for split in dict.fromkeys(one.question.split for one in attempts):
        methods = by_method([one for one in attempts if one.question.split == split])
        if offered := methods.pop(OFFERED, None):
            console.print(_ceiling(f"{split}: evidence in the spans", offered))
        console.print(_overview(f"{split}: all methods", methods))
        for name, some in methods.items():
            console.print(_groups(f"{split}: {name}", by_group(some)))
            if levels := at_levels(some):
                console.print(_levels(f"{split}: {name}, if it answered from another confidence on", levels))
        console.print(_refusals(f"{split}: refused of answerable, by answered of unanswerable", methods))
        for line in verdicts(methods):
            console.print(line, soft_wrap=True)
    for line in failures(attempts):
        console.print(line, soft_wrap=True)


def by_method(attempts: Sequence[Attempt]) -> Methods:
    """The answers of each method, in the order of the run, without those that failed."""
    good = [one for one in attempts if one.error is None]
    return {name: [one for one in good if one.method == name] for name in dict.fromkeys(one.method for one in good)}


def failures(attempts: Sequence[Attempt]) -> list[str]:
    """How often each method failed, by the error."""
    counts = Counter((one.method, one.error) for one in attempts if one.error)
    return [f"{method}: {count} questions without a score ({error})" for (method, error), count in counts.items()]


def verdicts(methods: Methods) -> list[str]:
    """For each other method, whether the first one refuses less at every point: computed from the curves."""
    (ours, first), *others = ((name, refusals(some)) for name, some in methods.items())
    found = [(name, compared(first, points)) for name, points in others]
    return [
        f"{ours} against {name}: {'better' if one.everywhere else 'not better'} at every point "
        f"({one.better} better, {one.equal} equal, {one.worse} worse)"
        for name, one in found
    ]


def _overview(title: str, methods: Methods) -> Table:
    table = titled(title)
    for heading in ("", *HEADINGS, "answered of\nunanswerable", "cites", "unfaithful", "foreign", "dropped"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, some in methods.items():
        counts = faith(some)
        scores = _cells(by_group(some)[ALL])
        more = (str(counts.citations), str(counts.unfaithful), str(counts.foreign), str(counts.dropped))
        table.add_row(name, *scores, _number(wrongly_answered(some)), *more)
    return table


def _ceiling(title: str, attempts: Sequence[Attempt]) -> Table:
    table = titled(title)
    for heading in ("", "answerable", "right", "recall", "facts"):
        table.add_column(heading, justify="right" if heading else "left")
    for name, one in by_group(attempts).items():
        table.add_row(name, str(one.questions), _number(one.right), _number(one.recall), _number(one.nuggets))
    return table


def _groups(title: str, scores: Mapping[str, Score]) -> Table:
    table = titled(title)
    for heading in ("", "answerable", *HEADINGS):
        table.add_column(heading, justify="right" if heading else "left")
    for name, one in scores.items():
        table.add_row(name, str(one.questions), *_cells(one))
    return table


def _levels(title: str, levels: Mapping[float, tuple[Score, float | None]]) -> Table:
    table = titled(title)
    for heading in ("from", *HEADINGS, "answered of\nunanswerable"):
        table.add_column(heading, justify="right")
    for level, (one, wrong) in levels.items():
        table.add_row(f"{level:.1f}", *_cells(one), _number(wrong))
    return table


def _refusals(title: str, methods: Methods) -> Table:
    table = titled(title)
    for heading in ("", "area", *(f"{rate:.2f}" for rate in RATES)):
        table.add_column(heading, justify="right" if heading else "left")
    for name, some in methods.items():
        points = refusals(some)
        table.add_row(name, *(_number(value) for value in (area(points), *(refused_at(points, one) for one in RATES))))
    return table


def _cells(one: Score) -> list[str]:
    return [_number(value) for value in (one.answered, one.right, one.precision, one.recall, one.nuggets)]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

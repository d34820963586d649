"""Scores of a run: means over the questions of a half, of a language, of a place of the answer, and the refusals."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from app.eval.ask.attempts import Attempt
from app.eval.ask.curves import Point, curve
from app.eval.ask.metrics import nugget_recall, precision, recall
from app.eval.ask.question import Question

ALL = "all"
LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)  # of confidence, to show what another setting would give
GROUPS: tuple[Callable[[Question], str], ...] = (lambda _: ALL, lambda one: one.direction, lambda one: one.where)


@dataclass(frozen=True)
class Score:
    """Scores over a number of answerable questions, from 0 to 1. A refusal finds nothing; it has no precision."""

    questions: int
    answered: float
    right: float  # share of the questions that get a right citation
    precision: float | None  # mean over the answered questions
    recall: float
    nuggets: float


@dataclass(frozen=True)
class Faith:
    """Citations of all answers, and those that do not hold: a place that was not offered, a quote that differs.

    foreign: answers whose own words are in another language than that of the question.
    """

    citations: int
    unfaithful: int
    foreign: int
    dropped: int  # sentences that a check dropped before


def score(attempts: Sequence[Attempt]) -> Score:
    """The scores over these answers to answerable questions; there is at least one."""
    precisions = [precision(one.cited, one.question.quotes) for one in attempts]
    known = [value for value in precisions if value is not None]
    return Score(
        questions=len(attempts),
        answered=statistics.fmean(bool(one.said) for one in attempts),
        right=statistics.fmean(value is not None and value > 0 for value in precisions),
        precision=statistics.fmean(known) if known else None,
        recall=statistics.fmean(recall(one.cited, one.question.quotes) for one in attempts),
        nuggets=statistics.fmean(nugget_recall(one.cited, one.question.nuggets) for one in attempts),
    )


def at_levels(attempts: Sequence[Attempt]) -> dict[float, tuple[Score, float | None]]:
    """(The scores, the share of unanswerable questions answered) if it answered from each of LEVELS on.

    Empty for a method that withholds nothing: its confidence is no setting of its own.
    """
    if not any(one.withheld for one in attempts):
        return {}
    found = {level: [one.at(level) for one in attempts] for level in LEVELS}
    return {level: (by_group(some)[ALL], wrongly_answered(some)) for level, some in found.items()}


def by_group(attempts: Sequence[Attempt]) -> dict[str, Score]:
    """The scores over all answerable questions, by language and by place, in the order of the set."""
    some = [one for one in attempts if one.question.answerable]
    found: dict[str, list[Attempt]] = {}
    for group in GROUPS:
        for one in some:
            found.setdefault(group(one.question), []).append(one)
    return {name: score(group) for name, group in found.items()}


def wrongly_answered(attempts: Iterable[Attempt]) -> float | None:
    """The share of unanswerable questions that get an answer; None without any."""
    said = [bool(one.said) for one in attempts if not one.question.answerable]
    return statistics.fmean(said) if said else None


def faith(attempts: Sequence[Attempt]) -> Faith:
    """Counts the faults of all answers."""
    citations = [citation for one in attempts for citation in one.citations]
    return Faith(
        citations=len(citations),
        unfaithful=sum(not one.faithful for one in citations),
        foreign=sum(one.language not in (None, one.question.language) for one in attempts if one.said),
        dropped=sum(one.dropped for one in attempts),
    )


def refusals(attempts: Sequence[Attempt]) -> list[Point]:
    """The curve of refusals of one method."""
    known = {
        answerable: [one.confidence for one in attempts if one.question.answerable is answerable]
        for answerable in (True, False)
    }
    return curve(known[True], known[False])

"""The curve of refusals: answerable questions that a method refuses against unanswerable ones that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

Confidences = Sequence[float | None]
"""The confidence of a method in each question; None where it has no answer at all."""


@dataclass(frozen=True)
class Point:
    """The rates of a method that answers from a confidence on. refused: of answerable, answered: of unanswerable."""

    confidence: float
    refused: float
    answered: float


@dataclass(frozen=True)
class Compared:
    """At how many rates of wrongly answered questions one method refuses fewer answerable ones than another."""

    better: int
    equal: int
    worse: int

    @property
    def everywhere(self) -> bool:
        """Whether it is better at every point at which the two differ, and at one at least."""
        return self.better > 0 and self.worse == 0


def curve(answerable: Confidences, unanswerable: Confidences) -> list[Point]:
    """A point for each confidence that occurs, from the strictest. The first one refuses everything."""
    levels = sorted({one for one in (*answerable, *unanswerable) if one is not None}, reverse=True)
    return [
        Point(level, 1 - _share(answerable, level), _share(unanswerable, level)) for level in (float("inf"), *levels)
    ]


def _share(confidences: Confidences, level: float) -> float:
    return sum(one is not None and one >= level for one in confidences) / len(confidences) if confidences else 0.0


def area(points: Sequence[Point]) -> float:
    """The area under the curve by trapezoids: 0 for a perfect method, .5 for one that guesses; 1 minus AUROC.

    Beyond its last point a method refuses as many as there, since no confidence makes it answer more.
    """
    ends = [*points, Point(float("-inf"), points[-1].refused, 1.0)]
    return sum((b.answered - a.answered) * (a.refused + b.refused) / 2 for a, b in pairwise(ends))


def refused_at(points: Sequence[Point], answered: float) -> float:
    """The fewest refusals with which a method answers no more than this share of unanswerable questions."""
    return min(point.refused for point in points if point.answered <= answered)


def compared(ours: Sequence[Point], theirs: Sequence[Point]) -> Compared:
    """Compares two curves at each share of wrongly answered questions that either of them reaches."""
    places = {point.answered for point in (*ours, *theirs)}
    pairs = [(refused_at(ours, place), refused_at(theirs, place)) for place in places]
    return Compared(
        better=sum(mine < other for mine, other in pairs),
        equal=sum(mine == other for mine, other in pairs),
        worse=sum(mine > other for mine, other in pairs),
    )

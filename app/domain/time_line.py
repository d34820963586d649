"""A time line of postings: bars of equal spans of days, from the first posting to the last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

MOST = 60  # bars of a line


@dataclass(frozen=True)
class Bar:
    """A span of days. place: its number in the line. height: 0 to 1, of the highest. since, until: both included."""

    place: int
    height: float
    postings: int
    since: date
    until: date


@dataclass(frozen=True)
class TimeLine:
    """The bars that have postings, and the number of all places of the line."""

    bars: tuple[Bar, ...]
    places: int


def time_line(days: Mapping[date, int]) -> TimeLine:
    """The line of these days. days: postings of each day that has some."""
    if not days:
        return TimeLine((), 0)
    first, last = min(days), max(days)
    span = -(-((last - first).days + 1) // MOST)
    counts: dict[int, int] = {}
    for day, postings in days.items():
        place = (day - first).days // span
        counts[place] = counts.get(place, 0) + postings
    highest = max(counts.values())
    bars = tuple(_bar(place, n, highest, first, last, span) for place, n in sorted(counts.items()))
    return TimeLine(bars, (last - first).days // span + 1)


def _bar(place: int, postings: int, highest: int, first: date, last: date, span: int) -> Bar:
    since = first + timedelta(days=place * span)
    return Bar(place, round(postings / highest, 3), postings, since, min(last, since + timedelta(days=span - 1)))

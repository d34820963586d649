"""The values of date:, before: and after:, and the time that they span.

The convention is that of GitHub's `created:<D`, `D` and `>D`: before: ends where its day (month, year) begins, after:
begins where its day ends. So before:D, date:D and after:D share no post, and together have every dated one. A moment or
a duration has no length: before: ends there and after: begins there. Days are those of UTC.
"""

from __future__ import annotations

from datetime import datetime

from app.domain.query.periods import Period, ago, duration, moment, period
from app.domain.query.tree import Limit, Operator

Span = tuple[datetime | None, datetime | None]  # since (included), until (excluded), in UTC; None is open


def canonical_date(text: str) -> str | None:
    """The one spelling of a duration, a year, month or day, or a range of them (A..B, open as A.. and ..B)."""
    first, dots, last = text.partition("..")
    if not dots:
        found = period(text)
        return str(found) if found else duration(text)
    ends = [period(end) if end else None for end in (first, last)]
    if [bool(end) for end in (first, last)] != [end is not None for end in ends] or not any(ends):
        return None
    since, until = ends
    if since and until and until.end <= since.start:
        return None
    return f"{since or ''}..{until or ''}"


def canonical_border(text: str) -> str | None:
    """The one spelling of a value of before: and after:: a year, month, day, moment or duration."""
    if found := period(text):
        return str(found)
    if exact := moment(text):
        return _written(exact)
    return duration(text)


def _written(exact: datetime) -> str:
    return exact.replace(tzinfo=None).isoformat(timespec="seconds" if exact.second else "minutes") + "Z"


def span(limit: Limit, now: datetime) -> Span:
    """The time that a filter date:, before: or after: spans, counted from `now`, which is timezone-aware.

    A post is in it if since <= its time < until. ValueError for another filter or a value that is not canonical.
    """
    match limit.operator:
        case Operator.DATE:
            return _of_date(limit.value, now)
        case Operator.BEFORE:
            return None, _border(limit.value, now)[0]
        case Operator.AFTER:
            return _border(limit.value, now)[1], None
        case _:
            raise ValueError(f"{limit.operator}: spans no time")


def _of_date(value: str, now: datetime) -> Span:
    first, dots, last = value.partition("..")
    if dots:
        return _known(first).start if first else None, _known(last).end if last else None
    if value.startswith("P"):
        return ago(value, now), None
    return _known(value).start, _known(value).end


def _border(value: str, now: datetime) -> tuple[datetime, datetime]:
    """(start, end) of the value; one moment twice where it has no length."""
    if value.startswith("P"):
        exact = ago(value, now)
    elif "T" in value:
        exact = datetime.fromisoformat(value)
    else:
        return _known(value).start, _known(value).end
    return exact, exact


def _known(value: str) -> Period:
    found = period(value)
    if found is None:
        raise ValueError(f"{value!r} is no day, month or year")
    return found

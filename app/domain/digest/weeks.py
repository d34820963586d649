"""The rhythm of weeks: a tag that comes every Friday does not burst on a Friday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

WEEKS = 4  # that are compared with: those of the base
LONGEST = timedelta(days=7)  # a longer period has every day of a week


def same_days(daily: Mapping[date, int], since: datetime, until: datetime) -> float:
    """The publications of a tag on the same days of the weeks before; the mean of four weeks.

    daily: its publications by UTC day. A period of 24 hours touches two days and counts for the one with more: in
    general the first and the last day count as one. 0 for a period of more than a week, in which no day stands out.
    """
    if until - since > LONGEST:
        return 0.0
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    sums = [sum(daily.get(day - timedelta(weeks=back), 0) for back in range(1, WEEKS + 1)) for day in days]
    return (sum(sums) - (min(sums[0], sums[-1]) if len(sums) > 1 else 0)) / WEEKS

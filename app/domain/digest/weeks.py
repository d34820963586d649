"""The rhythm of weeks: a tag that comes every Friday does not burst on a Friday."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

WEEKS = 4  # that are compared with: those of the base
LONGEST = timedelta(days=7)  # a longer period has every day of a week


def same_days(daily: Mapping[date, int], since: datetime, until: datetime) -> float:
    """The publications of a tag on the same days of the weeks before, in as long a time; the mean of four weeks.

    daily: its publications by UTC day. 0 for a period of more than a week, in which no day of the week stands out.
    """
    if until - since > LONGEST:
        return 0.0
    first, last = since.astimezone(UTC).date(), until.astimezone(UTC).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    found = sum(daily.get(day - timedelta(weeks=back), 0) for day in days for back in range(1, WEEKS + 1))
    return found / WEEKS * ((until - since) / timedelta(days=len(days)))

"""The uses of tags in the weeks before a period."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.search.limits import walking

WEEKS = 4  # of comparison, as in the bursts of docs/trends.md

# idx_tag_days_day: all tags of these days, for their sum.
TAGS = """
    WITH past AS MATERIALIZED (
        SELECT tag, sum(n) AS n FROM tag_days WHERE day >= :since AND day < :until {only} GROUP BY tag
    )
    SELECT NULL AS tag, coalesce(sum(n), 0) AS n FROM past
    UNION ALL SELECT tag, n FROM past WHERE tag = ANY (CAST(:tags AS text[]))
"""
# The primary key: the days of some tags.
DAYS = """
    SELECT one.tag, found.day, found.n FROM unnest(CAST(:tags AS text[])) AS one (tag) CROSS JOIN LATERAL (
        SELECT day, sum(n) AS n FROM tag_days WHERE tag = one.tag AND day >= :since AND day < :until {only} GROUP BY day
    ) AS found
"""
OF_CHANNELS = "AND channel_id = ANY (CAST(:channels AS bigint[]))"


@dataclass(frozen=True)
class Past:
    """The days before a period, those of UTC: from `since` to the day before `until`."""

    since: date
    until: date

    @classmethod
    def before(cls, since: datetime) -> Past:
        """The weeks before a period; its own first day belongs to neither."""
        day = since.astimezone(UTC).date()
        return cls(day - timedelta(weeks=WEEKS), day)


def tag_sums(
    session: Session, past: Past, tags: Collection[str], channels: Collection[int] | None
) -> tuple[Mapping[str, int], int]:
    """The uses of some tags, and those of all. They count what the sweeper has added up: all but the last minute."""
    with walking(session):
        rows = session.execute(_of(TAGS, channels), _given(past, tags, channels)).all()
    return {tag: int(n) for tag, n in rows if tag is not None}, sum(int(n) for tag, n in rows if tag is None)


def tag_days(
    session: Session, past: Past, tags: Collection[str], channels: Collection[int] | None
) -> Mapping[str, Mapping[date, int]]:
    """The uses of some tags by day."""
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for tag, day, n in session.execute(_of(DAYS, channels), _given(past, tags, channels)):
        found[tag][day] = int(n)
    return found


def _of(statement: str, channels: Collection[int] | None) -> TextClause:
    return text(statement.format(only="" if channels is None else OF_CHANNELS))


def _given(past: Past, tags: Collection[str], channels: Collection[int] | None) -> dict[str, object]:
    only: dict[str, object] = {} if channels is None else {"channels": list(channels)}
    return {"since": past.since, "until": past.until, "tags": sorted(tags), **only}

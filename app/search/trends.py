"""Tags by day: the course of one tag, and all tags of a recent window beside its past. Both count what the sweeper has
added up: all but the last minute."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.bursts import LEAST_CHANNELS, TagUse, TagUses
from app.domain.tags import normalise_tag
from app.models import TagDay


def tag_days(session: Session, tag: str, since: date, until: date) -> list[tuple[date, int, int]]:
    """(day, channel, publications) of a tag from `since` to the day before `until`, in the order of days and channels.

    tag: in any spelling.
    """
    query = select(TagDay.day, TagDay.channel_id, TagDay.n)
    query = query.where(TagDay.tag == (normalise_tag(tag) or tag), TagDay.day >= since, TagDay.day < until)
    return [(day, channel, n) for day, channel, n in session.execute(query.order_by(TagDay.day, TagDay.channel_id))]


def tag_uses(session: Session, until: date, recent: int = 7, past: int = 28) -> TagUses:
    """The tags of at least three channels in the `recent` days before `until`, for `bursts`; with their uses in the
    `past` days before these. Reads the rows of these days, by the index of days."""
    begins = until - timedelta(days=recent)
    is_recent, is_past = TagDay.day >= begins, TagDay.day < begins
    uses = (
        select(
            TagDay.tag,
            func.coalesce(func.sum(TagDay.n).filter(is_recent), 0).label("recent"),
            func.coalesce(func.sum(TagDay.n).filter(is_past), 0).label("past"),
            func.count(TagDay.channel_id.distinct()).filter(is_recent).label("channels"),
        )
        .where(TagDay.day >= begins - timedelta(days=past), TagDay.day < until)
        .group_by(TagDay.tag)
        .subquery()
    )
    totals = (func.sum(uses.c.recent).over(), func.sum(uses.c.past).over())
    all_ = select(uses, totals[0].label("all_recent"), totals[1].label("all_past")).subquery()
    rows = session.execute(select(all_).where(all_.c.channels >= LEAST_CHANNELS)).all()
    found = [TagUse(row.tag, int(row.recent), int(row.past), row.channels) for row in rows]
    return TagUses(found, int(rows[0].all_recent), int(rows[0].all_past)) if rows else TagUses([], 0, 0)

"""Posts that were forwarded from one channel or user, and the forwards between channels by week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from app.domain.trends import monday
from app.models import ForwardWeek, Post


@dataclass(frozen=True)
class ForwardPlace:
    """The last post of a page. str() makes a cursor of it."""

    posted_at: datetime
    post_id: int

    def __str__(self) -> str:
        return f"{self.posted_at.isoformat()},{self.post_id}"

    @classmethod
    def read(cls, cursor: str) -> Self:
        """The place of a cursor, as str() writes it. ValueError for any other text."""
        time, post = cursor.split(",")
        place = cls(datetime.fromisoformat(time), int(post))
        if place.posted_at.tzinfo is None or not 0 <= place.post_id < 2**63:
            raise ValueError("no place of any page")
        return place


@dataclass(frozen=True)
class Forwarded:
    """A post that was forwarded. message: its id in the channel of origin, None where Telegram hides it."""

    post_id: int
    channel_id: int
    publication_id: int | None
    posted_at: datetime
    deleted_at: datetime | None  # when it was deleted in Telegram; the archive still has it
    message: int | None


@dataclass(frozen=True)
class Edge:
    """Publications of a channel that were forwarded from an origin, the Telegram id of a channel or user."""

    origin: int
    channel_id: int
    publications: int


def forwards_of(
    session: Session, origin: int, limit: int = 100, cursor: ForwardPlace | None = None
) -> tuple[list[Forwarded], ForwardPlace | None]:
    """A page of the posts that were forwarded from an origin, the newest first; where the next begins, None after the
    last. Endless, and stable while posts arrive. origin: a Telegram id without the -100 prefix."""
    columns = (Post.id, Post.channel_id, Post.publication_id, Post.posted_at, Post.deleted_at, Post.forwarded_message)
    query = select(*columns).where(Post.forwarded_from == origin, Post.posted_at.is_not(None))
    if cursor is not None:
        query = query.where(tuple_(Post.posted_at, Post.id) < (cursor.posted_at, cursor.post_id))
    rows = session.execute(query.order_by(Post.posted_at.desc(), Post.id.desc()).limit(limit + 1)).all()
    found = [
        Forwarded(id_, channel, publication, at, deleted, message)
        for id_, channel, publication, at, deleted, message in rows[:limit]
        if at is not None
    ]
    return found, ForwardPlace(found[-1].posted_at, found[-1].post_id) if len(rows) > limit else None


def edges(session: Session, since: date, until: date) -> Sequence[Edge]:
    """The edges of the weeks from the one of `since` to the one before that of `until`, the heaviest first.

    They count what the sweeper has added up: all but the last minute.
    """
    total = func.sum(ForwardWeek.n)
    weeks = (ForwardWeek.week >= monday(since)) & (ForwardWeek.week < monday(until))
    edge = (ForwardWeek.origin, ForwardWeek.channel_id)
    query = select(*edge, total).where(weeks).group_by(*edge).order_by(total.desc(), *edge)
    return [Edge(origin, channel, int(n)) for origin, channel, n in session.execute(query)]

"""Reading without being in anybody's way: pages by key, names that people know."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db import snapshot
from app.models import Channel, Post, Publication

PAGE = 500  # subjects that are held in memory at once


def pages(
    column: InstrumentedAttribute[int], where: ColumnElement[bool] | None = None, size: int = PAGE
) -> Iterator[Sequence[int]]:
    """All values of a key in ascending order; what is added behind the last page meanwhile is not waited for."""
    last = 0
    condition = true() if where is None else where
    while True:
        query = select(column).where(column > last, condition).order_by(column).limit(size)
        with snapshot() as session:
            found = session.scalars(query).all()
        if not found:
            return
        yield found
        last = found[-1]


def places(session: Session, publications: Collection[int]) -> dict[int, str]:
    """publication -> @name/message of its lead, as `explain` takes it."""
    query = (
        select(Publication.id, Channel.reference, Post.telegram_message_id)
        .join(Channel, Channel.id == Publication.channel_id)
        .outerjoin(Post, Post.id == Publication.lead_post_id)
        .where(Publication.id.in_(publications))
    )
    return {id_: f"{channel}/{message or '?'}" for id_, channel, message in session.execute(query)}

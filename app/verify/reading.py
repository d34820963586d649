"""Reads keys in pages, with short transactions that block no worker, and names publications for the user."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.db import snapshot
from app.models import Channel, Post, Publication

PAGE = 500  # subjects in memory at once


def pages(
    column: InstrumentedAttribute[int], where: ColumnElement[bool] | None = None, size: int = PAGE
) -> Iterator[Sequence[int]]:
    """Yields all values of a key in ascending order, in pages; ends at the first empty page."""
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
    """publication -> @name/message of its lead, in the form that `explain` takes."""
    query = (
        select(Publication.id, Channel.reference, Post.telegram_message_id)
        .join(Channel, Channel.id == Publication.channel_id)
        .outerjoin(Post, Post.id == Publication.lead_post_id)
        .where(Publication.id.in_(publications))
    )
    return {id_: f"{channel}/{message or '?'}" for id_, channel, message in session.execute(query)}

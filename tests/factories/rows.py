"""Rows of the database. Builders with a session add to it and flush, those of work have a transaction of their own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Key
from app.domain.kinds import Step
from app.models import Channel, Post, Publication
from app.pipeline.engine import work
from app.pipeline.engine.work import Claim

Row = TypeVar("Row")


def add(session: Session, row: Row) -> Row:
    """The row, with its id."""
    session.add(row)
    session.flush()
    return row


def channel(session: Session, reference: str = "@news", **fields: Any) -> Channel:
    """A watched channel."""
    return add(session, Channel(reference=reference, **fields))


def publication(session: Session, channel: int, **fields: Any) -> Publication:
    """A publication without posts. channel: its id."""
    return add(session, Publication(channel_id=channel, **fields))


def post(session: Session, publication: Publication, message: int = 1, *, leads: bool = False, **fields: Any) -> Post:
    """A post of a publication, or an item of its album. message: its id in Telegram; leads: enrichment hangs on it."""
    about = {"channel_id": publication.channel_id, "publication_id": publication.id}
    row = add(session, Post(telegram_message_id=message, grouped_id=publication.grouped_id, **about, **fields))
    if leads:
        publication.lead_post_id = row.id
        session.flush()
    return row


def keys(count: int, revision: int = 1) -> list[Key]:
    """Keys of work: subjects 0, 1 and so on, of one revision."""
    return [(subject, revision) for subject in range(count)]


def due(step: Step, keys: Iterable[Key], *, hint: float = 0.0, delay: float = 0.0) -> list[Key]:
    """Work that is due, and its keys. hint: seconds for which the sweeper trusts that a message is under way; delay:
    seconds until the work may begin."""
    wanted = list(keys)
    with transaction() as session:
        work.enqueue(session, step, wanted, hint=hint, delay=delay)
    return wanted


def leased(step: Step, keys: Iterable[Key], *, seconds: float = 600.0) -> list[Claim]:
    """Leases of those of the keys that were due. seconds: until they end."""
    with transaction() as session:
        return work.claim(session, step, list(keys), seconds)

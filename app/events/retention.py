"""Events that were sent long ago go; their keys stay, so that none is told again and no replay hides a gap.

An event is dropped in two steps, an hour apart: its key is written down first, its row goes later. Whoever looks for
a key before he adds an event sees one of the two, whatever commits in between.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

import structlog
from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import changed_rows, transaction
from app.models import DroppedEvent, OutboxEvent

log = structlog.get_logger()

EVERY = 3_600.0  # seconds between two looks: days are what is counted here
APART = timedelta(hours=1)  # between decision and deletion: no statement of ours runs for as long
BATCH = 1_000  # rows a transaction: tens of milliseconds, in which nobody waits for more than one of them
ROUNDS = 50  # transactions of each kind a look: a backlog of years goes in portions, 50,000 events an hour


def drop_old(days: int | None) -> int:
    """Drops events that were sent more than so many days ago, bounded; returns how many rows went. None keeps all."""
    if days is None:
        return 0
    went = _repeat(_delete, days)
    if decided := _repeat(_decide, days):
        log.info("events are kept no longer", deleted=went, deleted_next=decided, days=days)
    return went


@dataclass(frozen=True)
class Gone:
    """What is known to be kept no longer. up_to: the highest id of those, 0 when all are there; left: how many with an
    id up to it are there still."""

    up_to: int = 0
    left: int = 0

    def after(self, ids: Collection[int]) -> Gone:
        """What is left for whoever has got these."""
        return replace(self, left=self.left - sum(id_ <= self.up_to for id_ in ids))


def gone(session: Session) -> Gone:
    """What a replay from the beginning cannot get."""
    up_to = dropped_up_to(session)
    return Gone(up_to, left_of(session, 0, up_to))


def dropped_up_to(session: Session) -> int:
    """The highest id of an event that is kept no longer; 0 when all are there. What is decided upon is there yet."""
    there = exists().where(OutboxEvent.id == DroppedEvent.id)
    return session.scalar(select(DroppedEvent.id).where(~there).order_by(DroppedEvent.id.desc()).limit(1)) or 0


def left_of(session: Session, id: int, up_to: int) -> int:
    """How many events with a higher id, up to this one, are there: few, since those sent earliest go first."""
    query = select(func.count()).where(OutboxEvent.id > id, OutboxEvent.id <= up_to)
    return (session.scalar(query) or 0) if up_to > id else 0


def told_before(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the idempotency keys whose event is kept no longer."""
    shorts = {short(key): key for key in keys}
    return {shorts[found] for found in session.scalars(select(DroppedEvent.key).where(DroppedEvent.key.in_(shorts)))}


def short(key: str) -> uuid.UUID:
    """An idempotency key in 16 bytes: these rows stay for ever."""
    return uuid.UUID(bytes=sha256(key.encode()).digest()[:16])


def _repeat(step: Callable[[Session, int], int], days: int) -> int:
    total = 0
    for _ in range(ROUNDS):
        with transaction() as session:
            some = step(session, days)
        total += some
        if some < BATCH:
            break
    return total


def _decide(session: Session, days: int) -> int:
    known = exists().where(DroppedEvent.id == OutboxEvent.id)
    rows = session.execute(_old(days).add_columns(OutboxEvent.idempotency_key).where(~known)).all()
    if rows:
        values = [{"id": id_, "key": short(key)} for id_, key in rows]
        session.execute(insert(DroppedEvent).values(values).on_conflict_do_nothing())
    return len(rows)


def _delete(session: Session, days: int) -> int:
    decided = (DroppedEvent.id == OutboxEvent.id) & (DroppedEvent.decided_at < func.now() - APART)
    locked = _old(days).join(DroppedEvent, decided).with_for_update(of=OutboxEvent, skip_locked=True).cte("locked")
    return changed_rows(session, delete(OutboxEvent).where(OutboxEvent.id.in_(select(locked.c.id))))


def _old(days: int) -> Select[int]:
    """Only what was sent: an event that waits for its broker waits for as long as it takes."""
    old = select(OutboxEvent.id).where(OutboxEvent.published_at < func.now() - timedelta(days=days))
    return old.order_by(OutboxEvent.published_at).limit(BATCH)

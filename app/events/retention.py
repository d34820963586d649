"""Events that were sent long ago go; their keys stay, so that none is told again and no replay hides a gap.

An event is dropped in two steps, an hour apart: its key is written down first, its row goes later. Whoever looks for
a key before he adds an event sees one of the two, whatever commits in between.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection
from datetime import timedelta
from hashlib import sha256

import structlog
from sqlalchemy import Select, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.db import transaction
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


def dropped_up_to(session: Session) -> int:
    """The highest id of an event that is kept no longer; 0 when all are there."""
    return session.scalar(select(func.max(DroppedEvent.id))) or 0


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
    result = session.execute(delete(OutboxEvent).where(OutboxEvent.id.in_(select(locked.c.id))))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _old(days: int) -> Select[int]:
    """Only what was sent: an event that waits for its broker waits for as long as it takes."""
    old = select(OutboxEvent.id).where(OutboxEvent.published_at < func.now() - timedelta(days=days))
    return old.order_by(OutboxEvent.published_at).limit(BATCH)

"""Deletes events that were sent long ago. Keeps their keys, so that none is sent again and a replay shows the gap.

Retention takes two steps, an hour apart: it first writes the event's key, and deletes the row later. A transaction
that looks for the key before it adds an event therefore finds one of the two, whatever commits in between.
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

EVERY = 3_600.0  # seconds between two runs: retention counts in days
APART = timedelta(hours=1)  # between decision and deletion: none of our statements runs that long
BATCH = 1_000  # rows in a transaction of tens of milliseconds, so that other transactions wait briefly
ROUNDS = 50  # transactions of each kind in a run: a backlog of years goes in portions, 50,000 events an hour


def drop_old(days: int | None) -> int:
    """Deletes events sent more than `days` days ago (None keeps all), at most ROUNDS batches; returns how many."""
    if days is None:
        return 0
    went = _repeat(_delete, days)
    if decided := _repeat(_decide, days):
        log.info("events are kept no longer", deleted=went, deleted_next=decided, days=days)
    return went


@dataclass(frozen=True)
class Gone:
    """The known deletions. up_to: highest id of a deleted event, 0 for none; left: number of kept events up to it."""

    up_to: int = 0
    left: int = 0

    def after(self, ids: Collection[int]) -> Gone:
        """The same, for a subscriber that has received these ids."""
        return replace(self, left=self.left - sum(id_ <= self.up_to for id_ in ids))


def gone(session: Session) -> Gone:
    """The deletions that a replay from the beginning cannot get."""
    up_to = dropped_up_to(session)
    return Gone(up_to, left_of(session, 0, up_to))


def dropped_up_to(session: Session) -> int:
    """The highest id of a deleted event, 0 if there is none. An event marked for deletion is not deleted yet."""
    there = exists().where(OutboxEvent.id == DroppedEvent.id)
    return session.scalar(select(DroppedEvent.id).where(~there).order_by(DroppedEvent.id.desc()).limit(1)) or 0


def left_of(session: Session, id: int, up_to: int) -> int:
    """Counts the kept events above `id`, up to `up_to`: few, because the events sent earliest are deleted first."""
    query = select(func.count()).where(OutboxEvent.id > id, OutboxEvent.id <= up_to)
    return (session.scalar(query) or 0) if up_to > id else 0


def told_before(session: Session, keys: Collection[str]) -> set[str]:
    """Those of the idempotency keys whose event was deleted or is marked for deletion."""
    shorts = {short(key): key for key in keys}
    return {shorts[found] for found in session.scalars(select(DroppedEvent.key).where(DroppedEvent.key.in_(shorts)))}


def short(key: str) -> uuid.UUID:
    """An idempotency key in 16 bytes, because these rows stay for ever."""
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
    """Selects sent events only: an unsent one waits for its broker without limit."""
    old = select(OutboxEvent.id).where(OutboxEvent.published_at < func.now() - timedelta(days=days))
    return old.order_by(OutboxEvent.published_at).limit(BATCH)

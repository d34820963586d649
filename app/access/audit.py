"""Audit entries: one for each act, in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.access.audited import Acted, Actor
from app.models import AuditEntry
from app.search.cursors import HIGHEST, id_cursor, id_of

PAGE = 50  # entries


@dataclass(frozen=True)
class EntryShown:
    """An entry in a list. target: the thing that the act changed; details: names and plain values."""

    id: int
    at: datetime
    actor: str
    via: str
    act: str
    target: str
    details: dict[str, Any]


@dataclass(frozen=True)
class EntryPage:
    """Entries, the newest first. cursor: of the next page, None at the end."""

    entries: tuple[EntryShown, ...]
    cursor: str | None


def record(session: Session, actor: Actor, act: Acted, target: str = "", **details: Any) -> int:
    """Notes an act in its own transaction; returns the number of the entry.

    target, details: neither texts of posts nor secrets, as entries stay for ever.
    """
    entry = AuditEntry(actor=actor.name, via=actor.via.value, act=act.value, target=target, details=details)
    session.add(entry)
    session.flush()
    return entry.id


def own(session: Session, actor: Actor, number: int) -> EntryShown | None:
    """The entry with this number, if the actor made it."""
    found = session.get(AuditEntry, number) if 0 < number <= HIGHEST else None
    return _shown(found) if found and (found.actor, found.via) == (actor.name, actor.via.value) else None


def entries(
    session: Session, *, actor: str = "", act: Acted | None = None, cursor: str | None = None, limit: int = PAGE
) -> EntryPage:
    """A page of entries: of one actor, of one act, of both, or all. UserError for a cursor that no page gave."""
    query = select(AuditEntry).where(AuditEntry.id < (id_of("audit", cursor) if cursor else HIGHEST))
    if actor:
        query = query.where(AuditEntry.actor == actor)
    if act is not None:
        query = query.where(AuditEntry.act == act.value)
    rows: Sequence[AuditEntry] = session.scalars(query.order_by(AuditEntry.id.desc()).limit(limit + 1)).all()
    shown = tuple(map(_shown, rows[:limit]))
    return EntryPage(shown, id_cursor("audit", shown[-1].id) if len(rows) > limit else None)


def _shown(row: AuditEntry) -> EntryShown:
    return EntryShown(row.id, row.at, row.actor, row.via, row.act, row.target, row.details)

"""The acts on saved searches; each leaves its audit entry."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.access.audit import record
from app.domain.access.audited import Acted, Actor
from app.models import SavedSearch
from app.search import saved


def save(session: Session, actor: Actor, name: str, query: str) -> tuple[SavedSearch, int]:
    """Keeps the query under the name; returns it and the audit entry's number. UserError as app.search.saved.save.

    An alert on it looks at posts from now on, if the query changes.
    """
    row = saved.save(session, name, query)
    return row, record(session, actor, Acted.SEARCH_SAVE, row.name)


def remove(session: Session, actor: Actor, name: str) -> int:
    """Forgets a saved search; returns the audit entry's number. UserError if there is none, or if an alert uses it."""
    saved.remove(session, name)
    return record(session, actor, Acted.SEARCH_REMOVE, name)

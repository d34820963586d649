"""Saved searches: a query under a name, which other queries may name."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import case, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import changed_rows
from app.domain.facets import folded
from app.domain.query.parser import parse
from app.domain.query.printer import to_text
from app.domain.query.saved import expand
from app.domain.query.tokens import clean
from app.domain.query.tree import EVERYTHING, Limit, Node, Operator, Pattern, walk
from app.errors import UserError
from app.models import Alert, SavedSearch
from app.search.limits import limited

LONGEST_NAME = 100  # characters


def save(session: Session, name: str, query: str) -> SavedSearch:
    """Keeps the query under the name, in the place of the one that had it.

    UserError for an empty name, or for a query that cannot be read, names no saved search, or would contain itself.
    """
    key = _key(name)
    if not key or len(key) > LONGEST_NAME:
        raise UserError(f"a saved search needs a name of 1 to {LONGEST_NAME} characters")
    tree = parse(query)
    if tree == EVERYTHING:
        raise UserError("a saved search needs a word or a filter: give it at least one")

    def found(other: str) -> Node | None:
        return tree if _key(other) == key else lookup(session, other)

    expand(Limit(Operator.SEARCH, key), found)
    _check_patterns(session, tree)
    # Alerts on it look at posts from then on.
    changed = case((SavedSearch.query == to_text(tree), SavedSearch.changed_at), else_=func.clock_timestamp())
    row = insert(SavedSearch).values(name=key, query=to_text(tree))
    row = row.on_conflict_do_update(index_elements=["name"], set_={"query": row.excluded.query, "changed_at": changed})
    return session.scalars(row.returning(SavedSearch)).one()


def _key(name: str) -> str:
    """The name as search:NAME in a query has it."""
    return folded(clean(name))


def _check_patterns(session: Session, tree: Node) -> None:
    """UserError for a regular expression that PostgreSQL cannot read: its search would fail each time."""
    with limited(session):
        for one in walk(tree):
            if isinstance(one, Pattern):
                session.scalar(select(literal("").regexp_match(one.text)))


def lookup(session: Session, name: str) -> Node | None:
    """The tree that is saved under the name; None if there is none."""
    query = session.scalar(select(SavedSearch.query).where(SavedSearch.name == _key(name)))
    return None if query is None else parse(query)


def required(session: Session, name: str) -> str:
    """The query that is saved under the name. UserError if there is none."""
    query = session.scalar(select(SavedSearch.query).where(SavedSearch.name == _key(name)))
    if query is None:
        raise UserError(f"no search is saved as {name!r}: see `media-audit saved list`")
    return query


def saved_searches(session: Session) -> Sequence[SavedSearch]:
    """All of them, by name."""
    return session.scalars(select(SavedSearch).order_by(SavedSearch.name)).all()


def remove(session: Session, name: str) -> None:
    """Forgets it. UserError if there is none, or if an alert uses it."""
    if (alert := session.scalar(select(Alert.name).where(Alert.search == _key(name)).limit(1))) is not None:
        raise UserError(f"the alert {alert!r} uses this search: `media-audit alerts remove {alert}` comes first")
    if not changed_rows(session, delete(SavedSearch).where(SavedSearch.name == _key(name))):
        raise UserError(f"no search is saved as {name!r}: see `media-audit saved list`")

"""The posts of the last days for which an alert would have fired: order by date of the same strict query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.query.tree import EVERYTHING
from app.search.conditions import indexable, strict
from app.search.dated import by_date
from app.search.filters import Filters
from app.search.hits import Hit
from app.search.limits import limited
from app.search.query import find, parsed
from app.search.saved import required

DAYS = 30
COUNTED = 1_000  # posts that are counted at most
SHOWN = 20


@dataclass(frozen=True)
class Preview:
    """Posts that would have been told of. more: beyond the count there are others. hits: the newest of them."""

    query: str
    days: int
    count: int
    more: bool
    hits: Sequence[Hit]


def preview(session: Session, query: str, *, days: int = DAYS, limit: int = SHOWN) -> Preview:
    """Looks back over so many days. UserError for a query that cannot be read or takes too long."""
    since = Filters(since=datetime.now(UTC) - timedelta(days=days))
    page = find(session, query, embedder=None, order="date", limit=limit, filters=since)
    count, more = _counted(session, query, since)
    return Preview(query, days, count, more, page.hits)


def preview_of(session: Session, search: str, *, days: int = DAYS, limit: int = SHOWN) -> Preview:
    """The same for a saved search. UserError if there is none of that name."""
    return preview(session, required(session, search), days=days, limit=limit)


def _counted(session: Session, query: str, since: Filters) -> tuple[int, bool]:
    search = parsed(session, query, since)
    if search.tree == EVERYTHING:
        return 0, False
    with limited(session):
        condition = strict(search.tree, search.reading)
        ids, after = by_date(session, condition, COUNTED, None, indexed=indexable(search.tree))
    return len(ids), after is not None

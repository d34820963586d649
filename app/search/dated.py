"""Hits by date: the strict set of a query, the newest first, paged without end while posts arrive."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, Tuple, func, literal_column, select, tuple_
from sqlalchemy.orm import Session

from app.models import SearchDocument
from app.models.search import MOMENT
from app.search.conditions import Condition
from app.search.cursors import DateCursor
from app.search.limits import FEW, walking

Dated = Row[datetime | None, int]
moment: ColumnElement[datetime] = literal_column(MOMENT)


def by_date(
    session: Session, condition: Condition, limit: int, cursor: DateCursor | None, *, indexed: bool
) -> tuple[list[int], DateCursor | None]:
    """The ids of a page, and where the next begins; None after the last. indexed: whether an index finds the rows.

    Few hits are found by their index and sorted; many are met soon on a walk by date.
    """
    if indexed and at_most(session, condition, FEW):
        rows = session.execute(sorted_by_date(condition, limit + 1, cursor)).all()
    else:
        with walking(session):
            rows = session.execute(walk(condition, limit + 1, cursor)).all()
    shown: Sequence[Dated] = rows[:limit]
    more = len(rows) > limit
    return [row[1] for row in shown], _cursor(shown[-1]) if more else None


def at_most(session: Session, condition: Condition, limit: int) -> bool:
    """Whether at most so many documents match; it reads one more than that at most."""
    some = select(SearchDocument.publication_id).where(condition).limit(limit + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) <= limit


def walk(condition: Condition, limit: int, cursor: DateCursor | None = None) -> Select[datetime | None, int]:
    """The newest documents that match: posted_at and id, in the order of the index."""
    query = select(SearchDocument.posted_at, SearchDocument.publication_id).where(condition)
    if cursor is not None:
        query = query.where(tuple_(moment, SearchDocument.publication_id) < _place(cursor))
    return query.order_by(moment.desc(), SearchDocument.publication_id.desc()).limit(limit)


def sorted_by_date(condition: Condition, limit: int, cursor: DateCursor | None = None) -> Select[datetime | None, int]:
    """The same for few documents: all of them by their index first, then sorted."""
    query = select(SearchDocument.posted_at, SearchDocument.publication_id).where(condition)
    hits = query.add_columns(moment.label("moment")).cte("hits").prefix_with("MATERIALIZED")
    page = select(hits.c.posted_at, hits.c.publication_id)
    if cursor is not None:
        page = page.where(tuple_(hits.c.moment, hits.c.publication_id) < _place(cursor))
    return page.order_by(hits.c.moment.desc(), hits.c.publication_id.desc()).limit(limit)


def _place(cursor: DateCursor) -> Tuple:
    return tuple_(
        literal_column("'-infinity'::timestamptz") if cursor.moment is None else cursor.moment, cursor.publication_id
    )


def _cursor(row: Dated) -> DateCursor:
    return DateCursor(row[0], row[1])

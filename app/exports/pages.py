"""The publications of an export, page by page: the strict set of its query, the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.domain.export.plan import PORTION
from app.errors import Permanent, UserError
from app.exports.records import records
from app.models import Export, SearchDocument
from app.pipeline.steps.export import ExportPage
from app.search.conditions import Condition, indexable, strict
from app.search.cursors import DateCursor, to_cursor, to_text
from app.search.dated import by_date
from app.search.filters import Filters
from app.search.limits import is_late, limited
from app.search.query import Search, parsed_again

SECONDS = 120.0  # of a statement: more than a search has, and less than the lease
COUNTED = 10_000  # hits that are counted; one more stands for more


class ExportPages:
    """The port ExportSource over the search."""

    def __init__(self, portion: int = PORTION) -> None:
        """portion: publications of a page."""
        self._portion = portion

    def page(self, session: Session, export: Export) -> ExportPage:
        """The publications behind the export's cursor. Permanent for a query that means nothing any more."""
        try:
            return _page(session, export, self._portion)
        except UserError as error:  # a channel that was removed, a pattern that takes too long
            raise Permanent(str(error)) from error


def condition_of(search: Search) -> Condition:
    """The strict set of a search."""
    return strict(search.tree, search.reading)


def count(session: Session, search: Search) -> int | None:
    """How many publications match: up to 10,000, one more for more; None where counting takes too long."""
    some = select(SearchDocument.publication_id).where(condition_of(search)).limit(COUNTED + 1).subquery()
    try:
        with session.begin_nested(), limited(session):
            return session.scalar(select(func.count()).select_from(some))
    except UserError as error:
        if is_late(error):
            return None
        raise


def _page(session: Session, export: Export, portion: int) -> ExportPage:
    filters = Filters(within=tuple(export.channel_ids) if export.channel_ids is not None else None)
    # `date:P1W` ends when the export was asked for, however long it takes.
    search = parsed_again(session, export.expanded, filters, export.made_at)
    cursor = to_cursor(export.cursor) if export.cursor else None
    assert cursor is None or isinstance(cursor, DateCursor)
    with limited(session, SECONDS):
        ids, after = by_date(session, condition_of(search), portion, cursor, indexed=indexable(search.tree))
    found = records(session, ids)
    places = _places(session, ids)
    return ExportPage(
        tuple(found),
        tuple(to_text(DateCursor(places[one.id], one.id)) for one in found),
        to_text(after) if after else None,
    )


def _places(session: Session, ids: Sequence[int]) -> dict[int, datetime | None]:
    """The moments by which the search orders the publications: those of their documents."""
    query = select(SearchDocument.publication_id, SearchDocument.posted_at)
    named: ColumnElement[bool] = SearchDocument.publication_id.in_(ids)
    return dict(session.execute(query.where(named)).all())

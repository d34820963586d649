"""Asks the saved searches of alerts about given documents, on the strict set of app/search.

All of them are asked in one statement. A search that cannot be read or answered in time is a problem of its alert, and
stops no other alert and no indexing: from then on it is asked by itself, and for a while not at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta

import structlog
from sqlalchemy import BigInteger, any_, false, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import db
from app.domain.query.tree import EVERYTHING
from app.errors import UserError
from app.models import Alert, SearchDocument
from app.search.conditions import Condition, strict
from app.search.limits import limited
from app.search.query import parsed

log = structlog.get_logger()

SECONDS = 1.0  # for one statement: posts wait behind it
PAUSE = timedelta(minutes=1)  # until a search that failed is asked again
TOGETHER = 200  # searches of one statement: a row of PostgreSQL has at most 1,664 columns
# sqlstate classes of errors that the query itself causes: data, syntax, limits of the program
OWN_FAULT = ("22", "42", "54")
TOO_DEEP = "the query is nested too deeply: write it with fewer parentheses"


def matches(session: Session, queries: Mapping[Alert, str], ids: Mapping[int, Collection[int]]) -> dict[int, set[int]]:
    """alert -> those of its documents that are in its strict set; without the alerts that could not be asked now.

    ids: alert -> the documents to ask about.
    """
    asked = {alert: query for alert, query in queries.items() if alert.problem is None}
    found: dict[int, set[int]] = {}
    alerts = list(asked)
    for start in range(0, len(alerts), TOGETHER):
        found |= _together(session, {alert: asked[alert] for alert in alerts[start : start + TOGETHER]}, ids)
    for alert in _due_again(session, [alert for alert in queries if alert.problem is not None]):
        found |= _alone(session, alert, queries[alert], ids)
    return found


def _due_again(session: Session, failed: Sequence[Alert]) -> list[Alert]:
    if not failed:
        return []
    over = db.now(session) - PAUSE
    return [alert for alert in failed if alert.problem_at is None or alert.problem_at <= over]


def _together(
    session: Session, queries: Mapping[Alert, str], ids: Mapping[int, Collection[int]]
) -> dict[int, set[int]]:
    try:
        with _bounded(session):
            return _ask(session, queries, ids)
    except UserError:
        return {
            id_: some for alert, query in queries.items() for id_, some in _alone(session, alert, query, ids).items()
        }


def _alone(session: Session, alert: Alert, query: str, ids: Mapping[int, Collection[int]]) -> dict[int, set[int]]:
    try:
        with _bounded(session):
            found = _ask(session, {alert: query}, ids)
    except UserError as error:
        _note(session, alert, str(error))
        return {}
    if alert.problem is not None:
        _note(session, alert, None)
    return found


def _ask(session: Session, queries: Mapping[Alert, str], ids: Mapping[int, Collection[int]]) -> dict[int, set[int]]:
    every = sorted({id_ for alert in queries for id_ in ids[alert.id]})
    given = SearchDocument.publication_id == any_(literal(every, ARRAY(BigInteger)))
    conditions = [func.coalesce(_condition(session, query), false()) for query in queries.values()]
    rows = session.execute(select(SearchDocument.publication_id, *conditions).where(given)).all()
    return {
        alert.id: {row[0] for row in rows if row[place] and row[0] in ids[alert.id]}
        for place, alert in enumerate(queries, start=1)
    }


def _condition(session: Session, query: str) -> Condition:
    """The condition of order by date. Signs alone find nothing."""
    search = parsed(session, query)
    return false() if search.tree == EVERYTHING else strict(search.tree, search.reading)


@contextmanager
def _bounded(session: Session) -> Iterator[None]:
    """UserError for any fault of a query; the transaction goes on after it, without the changes of this block."""
    try:
        with session.begin_nested(), limited(session, SECONDS):
            yield
        session.execute(text("SET LOCAL plan_cache_mode TO DEFAULT"))
    except RecursionError:
        raise UserError(TOO_DEEP) from None
    except DBAPIError as error:
        if not str(getattr(error.orig, "sqlstate", None) or "").startswith(OWN_FAULT):
            raise
        raise UserError(f"the query cannot be asked: {str(error.orig).splitlines()[0]}") from error


def _note(session: Session, alert: Alert, problem: str | None) -> None:
    """Stores the problem of an alert, or its end. Another worker that is storing one has said the same."""
    if problem is not None:
        log.warning("alert not asked", alert=alert.name, problem=problem)
    free = select(Alert.id).where(Alert.id == alert.id).with_for_update(skip_locked=True, key_share=True)
    values = {"problem": problem, "problem_at": None if problem is None else func.clock_timestamp()}
    session.execute(update(Alert).where(Alert.id.in_(free.scalar_subquery())).values(values))

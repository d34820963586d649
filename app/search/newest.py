"""The newest of a great many documents that match, without reading the others.

A walk by date would test a million documents for a word of one in fifty; the index of words alone knows no dates. So
both indexes are asked for a span of time that ends with the newest document, and a longer one while it has too few.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.models import SearchDocument
from app.search.conditions import Condition
from app.search.dated import moment, sorted_by_date
from app.search.limits import intersecting, walking

FIRST = timedelta(days=30)
# Each look costs a scan of the index of words: so few looks, and none so long that it reads far more than is wanted.
LEAST, MOST = 2.0, 16.0
AMPLE = 1.3  # posts come in bursts: a span that has just enough on average often has too few
LONGEST = timedelta(days=100 * 365)  # no archive is older; rows without a date stand beyond


def newest(session: Session, condition: Condition, limit: int) -> list[int]:
    """The ids of the newest `limit` documents that match, the newest first; all where there are fewer."""
    with walking(session):
        last = session.scalar(select(SearchDocument.posted_at).order_by(moment.desc()).limit(1))
    span = FIRST
    while last is not None and span < LONGEST:
        ids = _read(session, and_(condition, moment >= last - span), limit)
        if len(ids) == limit:
            return ids
        span = longer(span, len(ids), limit)
    return _read(session, condition, limit)


def longer(span: timedelta, found: int, limit: int) -> timedelta:
    """The span to look at after one that had fewer than `limit` documents."""
    return span * min(MOST, max(LEAST, AMPLE * limit / max(found, 1)))


def _read(session: Session, condition: Condition, limit: int) -> list[int]:
    with intersecting(session):
        return [row[1] for row in session.execute(sorted_by_date(condition, limit))]

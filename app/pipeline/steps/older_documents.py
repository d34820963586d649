"""Fills the columns that search documents of an earlier version lack: facets and codes, a few at a time.

The sweeper calls it, behind live work. It writes nothing else, so that it embeds and announces nothing. A pass that is
cut off loses nothing: the rows without facets are those that are left.
"""

from __future__ import annotations

import time

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.codes import folded_code
from app.models import SearchDocument
from app.pipeline.posts.documents import documents
from app.pipeline.posts.revisions import items_of, lock_publications

BATCH = 200  # documents of a transaction
SECONDS = 2.0  # of a pass: the sweeper has other work to do
COUNTED = 10_000  # documents that are counted at most for the progress

LEFT = select(SearchDocument.publication_id).where(SearchDocument.facets.is_(None))


def fill() -> int:
    """Fills documents until none is left or the time is over; returns how many."""
    until, filled = time.monotonic() + SECONDS, 0
    while time.monotonic() < until:
        with transaction() as session:
            some = _fill(session)
        filled += some
        if some < BATCH:
            break
    return filled


def left(session: Session) -> int:
    """How many documents lack facets; 10,001 stands for all higher numbers."""
    some = LEFT.limit(COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def _fill(session: Session) -> int:
    # The publication's lock first, as the index step takes it; a document that this step writes now is not left.
    found = lock_publications(session, session.scalars(LEFT.order_by(SearchDocument.publication_id).limit(BATCH)).all())
    made = documents(session, found, items_of(session, list(found)))
    rows = [
        {"publication_id": id_, "facets": list(document.facets), "codes": folded_code(document.ocr)}
        for id_, document in made.items()
    ]
    if rows:
        session.execute(update(SearchDocument), rows)
    return len(rows)

"""Kept lists of hits by relevance: every page of a search comes from one list, whatever arrives meanwhile."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.db import changed_rows
from app.errors import UserError
from app.models import SearchList
from app.search.cursors import ListCursor
from app.search.ranked import Place, Ranked

KEPT = timedelta(minutes=15)  # a person pages within that; a link to a page says the query, not the list


def keep(session: Session, query: str, shown: str, hits: Sequence[Ranked]) -> uuid.UUID:
    """Writes the list. shown: the query with its words corrected, whose words the hits are marked with."""
    made = uuid.uuid4()
    rows = [_row(hit) for hit in hits]
    session.execute(insert(SearchList).values(id=made, query=query, shown=shown, hits=rows))
    return made


def kept(session: Session, cursor: ListCursor, query: str) -> tuple[str, list[Ranked]]:
    """The shown query of a list, and its hits from the cursor on.

    UserError for a list that has ended, or that is of another query.
    """
    alive = SearchList.made_at > func.now() - KEPT
    found = session.execute(
        select(SearchList.query, SearchList.shown, SearchList.hits).where(SearchList.id == cursor.list_id, alive)
    )
    row = found.one_or_none()
    if row is None:
        raise UserError("the pages of this search have ended after 15 minutes: search again")
    if row[0] != query:
        raise UserError("the cursor is of another search: begin again without it")
    return row[1], [_hit(content) for content in row[2][cursor.offset :]]


def drop_ended(session: Session) -> int:
    """Deletes the lists that have ended; returns how many."""
    return changed_rows(session, delete(SearchList).where(SearchList.made_at <= func.now() - KEPT))


def _row(hit: Ranked) -> dict[str, Any]:
    return {"id": hit.publication_id, "score": hit.score, "at": {name: asdict(p) for name, p in hit.places.items()}}


def _hit(row: Mapping[str, Any]) -> Ranked:
    return Ranked(row["id"], row["score"], {name: Place(**place) for name, place in row["at"].items()})

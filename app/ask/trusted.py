"""Passages without posts that give orders to machines: ranked as if those were not in the archive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from app.domain.ask.orders import untrusted
from app.models import SearchDocument
from app.search.passages import Passages, passages
from app.search.query import Search

DEEP = 100  # all posts of both lists, by words and by meaning: those with orders leave them together
ROUNDS = 10  # of 50 posts and more: a flood of 500 posts about one question hides no other post


@dataclass(frozen=True)
class Trusted:
    """found: the passages in the order of rank. documents: the best of them. left_out: posts with orders."""

    found: Passages
    documents: Sequence[SearchDocument]
    left_out: int


def trusted(session: Session, search: Search, limit: int) -> Trusted:
    """The best `limit` posts for a question that give no orders to machines.

    Posts with orders are found among the best; then the search runs again without all that it had found. They cannot
    crowd out others by their number, and change no rank.
    """
    orders: set[int] = set()
    for _ in range(ROUNDS):
        found = passages(session, _without(search, orders), DEEP)
        documents = _documents(session, found.ids[:limit])
        if not _orders(documents):
            break
        orders |= _orders(_documents(session, found.ids))
    return Trusted(found, [one for one in documents if one.publication_id not in orders], len(orders))


def _without(search: Search, publications: Collection[int]) -> Search:
    if not publications:
        return search
    beside = and_(search.reading.beside, SearchDocument.publication_id.not_in(publications))
    return replace(search, reading=replace(search.reading, beside=beside))


def _documents(session: Session, publications: Sequence[int]) -> list[SearchDocument]:
    rows = session.scalars(select(SearchDocument).where(SearchDocument.publication_id.in_(publications)))
    known = {row.publication_id: row for row in rows}
    return [known[id_] for id_ in publications if id_ in known]


def _orders(documents: Sequence[SearchDocument]) -> set[int]:
    return {one.publication_id for one in documents if untrusted((one.text, one.ocr, one.labels))}

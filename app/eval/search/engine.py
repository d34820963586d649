"""The search engine as the evaluation calls it: the one place to change when its interface does."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.domain.documents import clean
from app.eval.search.metrics import DEPTH
from app.ports import Embedder
from app.search.filters import Filters
from app.search.query import search
from app.search.semantic import by_meaning

PARTS = ("words", "meaning", "merged")


def ranked(session: Session, query: str, part: str, embedder: Embedder | None) -> list[int]:
    """Ids of the publications that one part of the engine finds, the best first; at most DEPTH.

    Words: the order of a search without an embedder. Merged: the order that a user gets.
    """
    if part == "meaning":
        assert embedder is not None, "meaning needs an embedder"
        near = by_meaning(session, clean(query), embedder, Filters().condition())
        return [publication for publication, _ in near][:DEPTH]
    hits = search(session, query, embedder=embedder if part == "merged" else None, limit=DEPTH)
    return [hit.publication_id for hit in hits]

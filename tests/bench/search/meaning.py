"""Search by meaning over made vectors: how long it takes at three sizes, and at a million by extrapolation.

The vectors stand around 2,000 centres, as texts of some topics do; a real embedder has no such round clusters. Each
size is an embedder of its own with its own index, so that one archive keeps all of them.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.typing import NDArray
from pgvector.psycopg import register_vector
from psycopg import sql
from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from app.models import SearchDocument
from app.search.semantic import by_meaning
from tests.bench.search.archive import Archive
from tests.bench.search.load import Say
from tests.bench.search.measure import Clock, Times

DIMENSIONS, CENTRES = 512, 2_000
NOISE = 0.8  # length of the difference between a vector and its centre
SIZES = (20_000, 50_000, 100_000)
BLOCK = 5_000
QUERIES = 100
# As the migration of an embedder makes it.
INDEX = (
    "CREATE INDEX {name} ON search_embeddings USING hnsw ((embedding::vector(512)) vector_cosine_ops) "
    "WHERE embedder = {embedder}"
)


@dataclass
class Given:
    """An embedder whose next vector is given."""

    name: str
    vector: Sequence[float] = ()
    dimensions: int = DIMENSIONS

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """The same vector for each text."""
        return [list(self.vector) for _ in texts]


def name_of(size: int) -> str:
    """The embedder of so many documents."""
    return f"bench{size}"


def sizes(archive: Archive) -> tuple[int, ...]:
    """The sizes that the archive has documents for; all of a small one."""
    return tuple(size for size in SIZES if size <= archive.size) or (archive.size,)


def load(archive: Archive, database: psycopg.Connection, say: Say) -> None:
    """Embeds the first documents at each size, unless the archive has these embeddings."""
    register_vector(database)
    database.execute("SET maintenance_work_mem = '2GB'")
    for size in sizes(archive):
        embedder, index = name_of(size), f"idx_search_embeddings_{name_of(size)}"
        if database.execute("SELECT to_regclass(%s)", (index,)).fetchone() != (None,):
            continue
        say(f"embedding {size:,} documents")
        with database.transaction():
            _fill(archive, database, size, embedder)
            made = sql.SQL(INDEX).format(name=sql.Identifier(index), embedder=sql.Literal(embedder))
            database.execute(made)
        database.execute("ANALYZE search_embeddings")


def _fill(archive: Archive, database: psycopg.Connection, size: int, embedder: str) -> None:
    made = (
        "SELECT publication_id, content_hash FROM search_documents WHERE publication_id <= %s ORDER BY publication_id"
    )
    rows = database.execute(made, (size,)).fetchall()
    statement = "COPY search_embeddings (publication_id, embedder, content_hash, embedding) FROM STDIN (FORMAT BINARY)"
    with database.cursor() as cursor, cursor.copy(statement) as lines:
        lines.set_types(["int8", "text", "text", "vector"])
        for (publication, content), vector in zip(rows, vectors(archive.seed, size), strict=True):
            lines.write_row((publication, embedder, content, vector))


def vectors(seed: int, count: int, kind: int = 0) -> Iterator[NDArray[np.float32]]:
    """Unit vectors around the centres of the seed. kind: 0 for documents, 1 for queries."""
    centres = _units(np.random.default_rng([seed, 3]), CENTRES)
    for block in range(-(-count // BLOCK)):
        random = np.random.default_rng([seed, 4 + kind, block])
        some = min(BLOCK, count - block * BLOCK)
        found = centres[random.integers(0, CENTRES, BLOCK)] + NOISE * _units(random, BLOCK)
        yield from (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)[:some]


def _units(random: np.random.Generator, count: int) -> NDArray[np.float64]:
    made = random.standard_normal((count, DIMENSIONS))
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True))


def timed(
    session: Session, archive: Archive, size: int, channel: int | None = None, clock: Clock = time.perf_counter
) -> Times:
    """Searches by meaning among so many embeddings, warm. channel: in which to search only."""
    given = Given(name_of(size))
    limits: ColumnElement[bool] = true() if channel is None else SearchDocument.channel_id == channel
    found: list[float] = []
    for again in (False, True):
        for vector in vectors(archive.seed, QUERIES, kind=1):
            given.vector = vector.tolist()
            began = clock()
            by_meaning(session, "", given, limits)
            took = clock() - began
            session.rollback()
            found += [took * 1000] if again else []
    return Times(tuple(found))


def extrapolated(at: Sequence[tuple[int, float]], size: int) -> float | None:
    """The value at a larger size, if it grows with the logarithm of the size; None from fewer than two sizes.

    An HNSW graph is walked in steps whose number grows like that: Malkov and Yashunin, arXiv 1603.09320.
    """
    if len(at) < 2:
        return None
    slope, base = np.polyfit([math.log(count) for count, _ in at], [value for _, value in at], 1)
    return float(base + slope * math.log(size))

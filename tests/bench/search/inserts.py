"""The cost of writing a post into the index: the statements of the step, with the indexes of before and of today."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.trends import trends_of
from app.models import SearchDocument
from app.pipeline.posts import search_words
from app.pipeline.posts.document_counts import DocumentCounts
from app.pipeline.posts.search_trends import TRENDS
from app.pipeline.steps.index import _upsert
from tests.bench.search.archive import Archive, Made
from tests.bench.search.load import document
from tests.bench.search.measure import Clock

POSTS, BATCH = 2_000, 50  # the batch of the step
ROUNDS = 5
# Of search_documents before it had filters and orders.
BEFORE = ("pk_search_documents", "idx_search_documents_tsv", "idx_search_documents_channel_id_posted_at")
NEW_COLUMNS = ("facets", "codes")
INDEXES = """
    SELECT c.relname, a.amname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
    WHERE i.indrelid = 'search_documents'::regclass
"""


@dataclass(frozen=True)
class Cost:
    """Milliseconds a post, the medians of all rounds."""

    before: float
    now: float
    words: float  # to count its words, which comes on top of `now`
    trends: float  # to count its tags, which comes on top as well
    dropped: tuple[str, ...]  # the indexes that `before` lacks


def cost(session: Session, archive: Archive, posts: int = POSTS, clock: Clock = time.perf_counter) -> Cost:
    """Writes so many posts and takes them back, in turn with all indexes and those of before. Leaves dead rows."""
    made = list(replace(archive, size=archive.size + posts).made(archive.size))[-posts:]
    rows, counted, trends = [document(one) for one in made], [], []
    found: dict[bool, list[float]] = {False: [], True: []}
    dropped: tuple[str, ...] = ()
    for _ in range(ROUNDS):
        for now in (False, True):
            _begin(session, archive.size, posts)
            if not now:
                dropped = _drop(session)
            given = rows if now else [_old(row) for row in rows]
            found[now].append(_timed(session, given, clock) / (posts - BATCH))
            if now:
                counted.append(_counted(session, search_words.WORDS, made, _words, clock) / posts)
                trends.append(_counted(session, TRENDS, made, _trends, clock) / posts)
            session.rollback()
    return Cost(median(found[False]), median(found[True]), median(counted), median(trends), dropped)


def _begin(session: Session, size: int, posts: int) -> None:
    """Rows for the foreign keys of the new documents; empty lists of entries that wait for the GIN indexes."""
    session.execute(
        text(
            "INSERT INTO publications (id, channel_id) OVERRIDING SYSTEM VALUE "
            "SELECT :size + n, 1 FROM generate_series(1, :posts) AS n"
        ),
        {"size": size, "posts": posts},
    )
    _write_pending(session)


def _drop(session: Session) -> tuple[str, ...]:
    names = tuple(name for name, _ in session.execute(text(INDEXES)).all() if name not in BEFORE)
    for name in names:
        session.execute(text(f"DROP INDEX {name}"))
    return names


def _old(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in NEW_COLUMNS}


def _timed(session: Session, rows: Sequence[Mapping[str, object]], clock: Clock) -> float:
    """Milliseconds for all of them but the first batch, with the part of a GIN index that is put off."""
    _upsert(session, SearchDocument, rows[:BATCH], ["publication_id"])
    began = clock()
    for start in range(BATCH, len(rows), BATCH):
        _upsert(session, SearchDocument, rows[start : start + BATCH], ["publication_id"])
    _write_pending(session)
    return (clock() - began) * 1000


def _counted(
    session: Session, counts: DocumentCounts, made: Sequence[Made], items: Callable[[Made], str], clock: Clock
) -> float:
    """Milliseconds for all of them; the sweeper adds the changes up later."""
    began = clock()
    for start in range(0, len(made), BATCH):
        counts.count(session, {one.id: items(one) for one in made[start : start + BATCH]})
    return (clock() - began) * 1000


def _words(one: Made) -> str:
    return search_words.words_in(one.document)


def _trends(one: Made) -> str:
    return trends_of(one.channel_id, one.posted_at, one.document.tag_list, ())


def _write_pending(session: Session) -> None:
    for name, method in session.execute(text(INDEXES)).all():
        if method == "gin":
            session.execute(text("SELECT gin_clean_pending_list(CAST(:name AS regclass))"), {"name": name})

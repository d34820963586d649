"""Times searches over one connection, warm: both orders, near and far pages, facets, plain full text."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.ask import questions
from app.errors import UserError
from app.models import SearchList
from app.search.conditions import indexable, strict
from app.search.cursors import ListCursor, to_cursor, to_text
from app.search.dated import by_date
from app.search.limits import limited
from app.search.query import counts_of, find, parsed
from app.search.similar import Asked, similar
from tests.bench.search.pictures import Picture
from tests.bench.search.queries import Query

PAGE = 10
FAR = 1_000  # the page by date
PLAIN = text("""
    SELECT publication_id FROM search_documents, websearch_to_tsquery('russian', :query) AS query
    WHERE tsv @@ query ORDER BY ts_rank_cd(tsv, query) DESC LIMIT 10
""")
Run = Callable[[], object]
Clock = Callable[[], float]  # seconds
Prepare = Callable[[Session, Query], Run | None]  # None: the query has no such page


@dataclass(frozen=True)
class Times:
    """Milliseconds of each query. failed: those that were refused, mostly because they took too long."""

    ms: tuple[float, ...]
    failed: int = 0

    @property
    def p50(self) -> float:
        """The median."""
        return median(self.ms)

    @property
    def p95(self) -> float:
        """Of 30 queries: between the two slowest."""
        return quantiles(self.ms, n=20, method="inclusive")[18] if len(self.ms) > 1 else self.ms[0]


def _relevance(session: Session, query: Query) -> Run | None:
    return lambda: find(session, query.text, embedder=None, limit=PAGE)


def _last_of_relevance(session: Session, query: Query) -> Run | None:
    first = find(session, query.text, embedder=None, limit=PAGE).cursor
    place = to_cursor(first) if first else None
    if not isinstance(place, ListCursor):
        return None
    hits = session.scalar(select(func.jsonb_array_length(SearchList.hits)).where(SearchList.id == place.list_id)) or 0
    cursor = to_text(ListCursor(place.list_id, (hits - 1) // PAGE * PAGE))
    return lambda: find(session, query.text, embedder=None, limit=PAGE, cursor=cursor)


def _date(session: Session, query: Query) -> Run | None:
    return lambda: find(session, query.text, embedder=None, order="date", limit=PAGE)


def _far_by_date(session: Session, query: Query) -> Run | None:
    """The page by its cursor, as a reader comes to it; the pages before it are not timed."""
    search = parsed(session, query.text)
    with limited(session):
        condition, by_index = strict(search.tree, search.reading), indexable(search.tree)
        _, after = by_date(session, condition, (FAR - 1) * PAGE, None, indexed=by_index)
    if after is None:
        return None
    return lambda: find(session, query.text, embedder=None, order="date", limit=PAGE, cursor=to_text(after))


def _facets(session: Session, query: Query) -> Run | None:
    return lambda: counts_of(session, query.text)


def _plain(session: Session, query: Query) -> Run | None:
    if query.plain is None:
        return None
    return lambda: session.execute(PLAIN, {"query": query.plain}).all()


def first_passages(session: Session, query: Query) -> Run | None:
    """All that a user waits for until the passages of a question are shown: search, documents, spans."""
    return lambda: questions.prepare(session, query.text, embedder=None)


MEASURES: Mapping[str, Prepare] = {
    "relevance": _relevance,
    "its last page": _last_of_relevance,
    "date": _date,
    "page 1,000": _far_by_date,
    "facets": _facets,
    "plain full text": _plain,
}


def processor(session: Session) -> Clock:
    """The processor time of this process and of its server process, which a busy machine changes little.

    All that a search reads is in memory, so on an idle machine it is about the time by the clock. Linux alone tells it.
    """
    server = Path(f"/proc/{session.scalar(select(func.pg_backend_pid()))}/schedstat")
    return lambda: time.process_time() + int(server.read_text().split()[0]) / 1e9


def timed(
    session: Session, prepare: Prepare, queries: Sequence[Query], clock: Clock = time.perf_counter
) -> Times | None:
    """All queries twice, the second time by the clock; None if none of them has such a page. Leaves nothing behind."""
    found: list[float] = []
    failed = 0
    for again in (False, True):
        for query in queries:
            ms, good = _once(session, prepare, query, clock)
            if again and ms is not None:
                found.append(ms)
                failed += not good
    return Times(tuple(found), failed) if found else None


def similar_timed(session: Session, pictures: Sequence[Picture], clock: Clock = time.perf_counter) -> Times:
    """The postings of each picture and of its look-alikes, the second time by the clock."""
    found: list[float] = []
    for again in (False, True):
        for one in pictures:
            began = clock()
            similar(session, Asked(one.sha256, one.phash, one.file))
            took = clock() - began
            session.rollback()
            found += [took * 1000] if again else []
    return Times(tuple(found))


def _once(session: Session, prepare: Prepare, query: Query, clock: Clock) -> tuple[float | None, bool]:
    """Milliseconds, and whether it was answered."""
    good = True
    began = clock()
    try:
        run = prepare(session, query)
        if run is None:
            return None, True
        began = clock()
        run()
    except UserError:
        good = False
    finally:
        took = clock() - began
        session.rollback()
    return took * 1000, good

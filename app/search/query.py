"""Searches the archive: parses a query, finds its hits by relevance or by date, and turns them into pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Literal

from sqlalchemy.orm import Session

from app.domain.documents import clean
from app.domain.query.parser import parse
from app.domain.query.parts import any_word, is_plain, wanted, without_texts
from app.domain.query.printer import to_text as printed
from app.domain.query.saved import expand
from app.domain.query.tree import EVERYTHING, Node
from app.errors import UserError
from app.ports import Embedder
from app.search import kept, ranked
from app.search.conditions import Reading, indexable, strict
from app.search.counts import Counts, counts
from app.search.cursors import DateCursor, ListCursor, to_cursor, to_text
from app.search.dated import by_date
from app.search.filters import Filters, find_channels
from app.search.hits import Hit, hits_of
from app.search.limits import FEW, limited
from app.search.ranked import ANY, MEANING, MOST, WORDS, Place, Ranked
from app.search.saved import lookup
from app.search.semantic import by_meaning

Order = Literal["relevance", "date"]


@dataclass(frozen=True)
class Page:
    """One page of hits. cursor: of the next page, None after the last. notes: for the user, on limits of the search."""

    hits: Sequence[Hit]
    cursor: str | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Search:
    """One search, parsed. text: the query as it is printed, by which a cursor knows it."""

    tree: Node
    text: str
    reading: Reading
    notes: list[str] = field(default_factory=list)


def find(
    session: Session,
    query: str,
    *,
    embedder: Embedder | None,
    order: Order = "relevance",
    limit: int = 10,
    cursor: str | None = None,
    filters: Filters | None = None,
) -> Page:
    """One page of hits for a query in the language of docs/search.md.

    order: `date` shows the strict set, the newest first, without end; `relevance` the best 1,000, also of near meaning.
    cursor: of the page before. filters: limits beside those of the query. UserError for a query that cannot be read, is
    empty, or takes too long, for a cursor of another search or after 15 minutes, and for a limit below 1.
    """
    if limit < 1:
        raise UserError("nothing to search for: give at least one word or a filter, and a limit of 1 or more")
    search = parsed(session, query, filters)
    with limited(session):
        pages = _dated if order == "date" else _relevant
        return pages(session, search, embedder, limit, None if cursor is None else to_cursor(cursor))


def search(
    session: Session,
    query: str,
    *,
    embedder: Embedder | None,
    limit: int = 10,
    channel: str | None = None,
    since: datetime | None = None,
    deleted: bool = True,
) -> list[Hit]:
    """The best `limit` hits for a query, best first. channel, since, deleted: as in Filters."""
    filters = Filters(find_channels(session, channel) if channel else None, since, deleted)
    return list(find(session, query, embedder=embedder, limit=limit, filters=filters).hits)


def counts_of(session: Session, query: str, filters: Filters | None = None) -> Counts:
    """The facets of the strict set of a query, which order by date shows. UserError as `find`."""
    search = parsed(session, query, filters)
    with limited(session):
        return counts(session, strict(search.tree, search.reading))


def parsed(session: Session, query: str, filters: Filters | None = None) -> Search:
    """The search of a query, with the saved searches that it names. UserError for an empty or a wrong one."""
    text = clean(query)
    if not text:
        raise UserError("nothing to search for: give at least one word or a filter, and a limit of 1 or more")
    tree = expand(parse(text), partial(lookup, session))
    beside = (filters or Filters()).condition()
    return Search(tree, printed(tree), Reading(datetime.now(UTC), partial(find_channels, session), beside=beside))


def _dated(
    session: Session, search: Search, embedder: Embedder | None, limit: int, cursor: DateCursor | ListCursor | None
) -> Page:
    if isinstance(cursor, ListCursor):
        raise UserError("the cursor is of a search by relevance: begin again without it")
    if search.tree == EVERYTHING:
        return Page([])
    condition = strict(search.tree, search.reading)
    ids, after = by_date(session, condition, limit, cursor, indexed=indexable(search.tree))
    hits = hits_of(session, search.tree, [Ranked(id_, 0.0) for id_ in ids])
    return Page(hits, None if after is None else to_text(after))


def _relevant(
    session: Session, search: Search, embedder: Embedder | None, limit: int, cursor: DateCursor | ListCursor | None
) -> Page:
    if isinstance(cursor, DateCursor):
        raise UserError("the cursor is of a search by date: begin again without it")
    found = _ranking(session, search, embedder) if cursor is None else kept.kept(session, cursor, search.text)
    after = None
    if len(found) > limit:
        place = cursor or ListCursor(kept.keep(session, search.text, found), 0)
        after = to_text(ListCursor(place.list_id, place.offset + limit))
    return Page(hits_of(session, search.tree, found[:limit]), after, tuple(search.notes))


def _ranking(session: Session, search: Search, embedder: Embedder | None) -> list[Ranked]:
    """All hits by relevance, at most 1,000; none for signs without a letter or digit."""
    if search.tree == EVERYTHING:
        return []
    if not wanted(search.tree):
        return _newest(session, search)
    words, cut = ranked.by_words(session, search.tree, search.reading)
    if cut:
        search.notes.append(f"so many posts match that only the newest {FEW} were ranked: order by date shows all")
    lists = {WORDS: words}
    if not words and is_plain(search.tree):
        lists = {ANY: ranked.by_words(session, any_word(search.tree), search.reading)[0]}
    if embedder is not None:
        lists[MEANING] = _near(session, search, embedder)
    exact = ranked.exact(session, search.tree, search.reading, [publication for publication, _ in words])
    return ranked.fuse(lists, exact)


def _newest(session: Session, search: Search) -> list[Ranked]:
    """Filters alone have no better and worse hits: the newest stand first."""
    condition = strict(search.tree, search.reading)
    ids, _ = by_date(session, condition, MOST, None, indexed=indexable(search.tree))
    return [Ranked(id_, 0.0) for id_ in ids]


def _near(session: Session, search: Search, embedder: Embedder) -> list[tuple[int, Place]]:
    text = " ".join(one.text for one in wanted(search.tree))
    limits = strict(without_texts(search.tree), search.reading)
    found = by_meaning(session, text, embedder, limits)
    return [(publication, Place(rank, similarity)) for rank, (publication, similarity) in enumerate(found, start=1)]

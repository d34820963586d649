"""Searches the archive: parses a query, finds its hits by relevance or by date, and turns them into pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from typing import Literal

from sqlalchemy.orm import Session

from app.domain.codes import is_code
from app.domain.documents import clean
from app.domain.query.parser import parse, reread
from app.domain.query.parts import any_word, is_plain, wanted, with_words, without_texts
from app.domain.query.printer import to_text as printed
from app.domain.query.saved import Lookup, expand
from app.domain.query.tree import EVERYTHING, Node, Word
from app.errors import UserError
from app.ports import Embedder
from app.search import kept, ranked
from app.search.conditions import Reading, indexable, strict
from app.search.counts import Counts, counts
from app.search.cursors import Cursor, DateCursor, ListCursor, to_cursor, to_text
from app.search.dated import by_date
from app.search.explained import Explained, explain, why_instead
from app.search.filters import Filters, find_channels
from app.search.hits import Hit, hits_of
from app.search.judged import Asked
from app.search.limits import FEW, limited
from app.search.newest import newest
from app.search.picture_filters import showing
from app.search.ranked import ANY, MEANING, MOST, WORDS, Place, Ranked, placed
from app.search.saved import lookup
from app.search.semantic import by_meaning
from app.search.spelling import Correction, corrections

Order = Literal["relevance", "date"]
TOO_BROAD = f"so many posts match that only the newest {FEW} were ranked: order by date shows all"


@dataclass(frozen=True)
class Page:
    """One page of hits. cursor: of the next page, None after the last. notes: for the user, on limits of the search.

    corrections: words that no post has, each with the one that was searched for instead; of the first page alone.
    """

    hits: Sequence[Hit]
    cursor: str | None = None
    notes: Sequence[str] = ()
    corrections: Sequence[Correction] = ()


@dataclass(frozen=True)
class Search:
    """One search, parsed. text: the query as it is printed, and its other limits, by which a cursor knows it."""

    tree: Node
    text: str
    reading: Reading
    asked: Node  # the tree with its saved searches by name
    lookup: Lookup
    embedder: Embedder | None = None
    corrected: bool = True  # whether words that no post has may be
    explained: bool = False  # whether each hit tells why it is one


@dataclass(frozen=True)
class Ranking:
    """All hits by relevance, at most 1,000. tree: the query that they are hits of, with its words corrected."""

    tree: Node
    hits: Sequence[Ranked]
    notes: Sequence[str] = ()
    corrections: Sequence[Correction] = ()


def find(
    session: Session,
    query: str,
    *,
    embedder: Embedder | None,
    order: Order = "relevance",
    limit: int = 10,
    cursor: str | None = None,
    filters: Filters | None = None,
    corrected: bool = True,
    explained: bool = False,
) -> Page:
    """One page of hits for a query in the language of docs/search.md.

    order: `date` shows the strict set, the newest first, without end; `relevance` the best 1,000, also of near meaning.
    cursor: of the page before. filters: limits beside those of the query. corrected: whether, by relevance, another
    word may stand for one that no post has. explained: whether each hit tells why it is one. UserError for a query that
    cannot be read, is empty, or takes too long, for a cursor of another search or after 15 minutes, and for a limit
    below 1.
    """
    if limit < 1:
        raise UserError("nothing to search for: give at least one word or a filter, and a limit of 1 or more")
    search = replace(parsed(session, query, filters), embedder=embedder, explained=explained)
    search = replace(search, corrected=search.corrected and corrected)
    with limited(session):
        pages = _dated if order == "date" else _relevant
        return pages(session, search, limit, None if cursor is None else to_cursor(cursor))


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
    if search.tree == EVERYTHING:
        return Counts({})  # signs alone find nothing
    with limited(session):
        return counts(session, strict(search.tree, search.reading))


def parsed(session: Session, query: str, filters: Filters | None = None) -> Search:
    """The search of a query, with the saved searches that it names. UserError for an empty or a wrong one."""
    text = clean(query)
    if not text:
        raise UserError("nothing to search for: give at least one word or a filter, and a limit of 1 or more")
    within = filters.within if filters else None
    asked, saved = parse(text), _unsaved if within is not None else cache(partial(lookup, session))
    return _search(session, expand(asked, saved), asked, saved, filters)


def parsed_again(session: Session, text: str, filters: Filters, now: datetime) -> Search:
    """The search that an earlier one was printed as (`printed`), at the moment of that one. UserError as `find`."""
    tree = reread(text)
    search = _search(session, tree, tree, cache(partial(lookup, session)), filters)
    return replace(search, reading=replace(search.reading, now=now))


def _search(session: Session, tree: Node, asked: Node, saved: Lookup, filters: Filters | None) -> Search:
    limits = filters or Filters()
    named = printed(tree) if limits == Filters() else f"{printed(tree)} {limits}"
    by_name = cache(partial(find_channels, session, within=limits.within))
    by_picture = cache(partial(showing, session, within=limits.within))
    reading = Reading(datetime.now(UTC), by_name, by_picture, beside=limits.condition(), within=limits.within)
    # Corrections come out of the words of all channels.
    return Search(tree, named, reading, asked, saved, corrected=limits.within is None)


def _unsaved(name: str) -> None:
    """Saved searches are of all users: a caller that may see some channels only must not read names of others there."""


def _dated(session: Session, search: Search, limit: int, cursor: Cursor | None) -> Page:
    if isinstance(cursor, ListCursor):
        raise UserError("the cursor is of a search by relevance: begin again without it")
    if search.tree == EVERYTHING:
        return Page([])
    condition = strict(search.tree, search.reading)
    ids, after = by_date(session, condition, limit, cursor, indexed=indexable(search.tree))
    hits = [Ranked(id_, 0.0) for id_ in ids]
    shown = hits_of(session, search.tree, hits, _explained(session, search, search.tree, hits))
    return Page(shown, None if after is None else to_text(after))


def _relevant(session: Session, search: Search, limit: int, cursor: Cursor | None) -> Page:
    if isinstance(cursor, DateCursor):
        raise UserError("the cursor is of a search by date: begin again without it")
    if cursor is not None:
        shown, hits = kept.kept(session, cursor, search.text)
        found = Ranking(reread(shown), hits)
    else:
        found = ranking(session, search)
    after = None
    if len(found.hits) > limit:
        place = cursor or ListCursor(kept.keep(session, search.text, printed(found.tree), found.hits), 0)
        after = to_text(ListCursor(place.list_id, place.offset + limit))
    some = found.hits[:limit]
    why = _explained(session, search, found.tree, some)
    return Page(hits_of(session, found.tree, some, why), after, found.notes, found.corrections)


def _explained(session: Session, search: Search, tree: Node, hits: Sequence[Ranked]) -> dict[int, Explained]:
    """tree: the query that they are hits of, with its words corrected."""
    if not search.explained:
        return {}
    instead = {word: one.by for word, one in why_instead(search.tree, tree).items()}
    return explain(session, Asked(search.asked, search.reading, search.lookup, instead), hits)


def ranking(session: Session, search: Search) -> Ranking:
    """All hits of a search by relevance; none for signs without a letter or digit."""
    if search.tree == EVERYTHING:
        return Ranking(search.tree, [])
    if not wanted(search.tree):
        return Ranking(search.tree, _newest(session, search))
    instead = corrected(session, search)
    tree = with_words(search.tree, {one.word: one.by for one in instead})
    words, cut = ranked.by_words(session, tree, search.reading)
    notes = [TOO_BROAD] if cut else []
    lists = {WORDS: words}
    if not words and is_plain(tree):
        lists = {ANY: ranked.by_words(session, any_word(tree), search.reading)[0]}
    if search.embedder is not None:
        lists[MEANING] = _near(session, tree, search.reading, search.embedder, known=any(lists.values()))
    exact = ranked.exact(session, tree, search.reading, [publication for publication, _ in words])
    return Ranking(tree, ranked.fuse(lists, exact), notes, instead)


def corrected(session: Session, search: Search) -> list[Correction]:
    """The words of a search that no post has, each with the one that stands for it."""
    words = [one.text for one in wanted(search.tree) if isinstance(one, Word) and not is_code(one.text)]
    return list(corrections(session, words).values()) if search.corrected else []


def _newest(session: Session, search: Search) -> list[Ranked]:
    """Filters alone have no better and worse hits: the newest stand first."""
    condition = strict(search.tree, search.reading)
    if indexable(search.tree):
        return [Ranked(id_, 0.0) for id_ in newest(session, condition, MOST)]
    ids, _ = by_date(session, condition, MOST, None, indexed=False)
    return [Ranked(id_, 0.0) for id_ in ids]


def _near(
    session: Session, tree: Node, reading: Reading, embedder: Embedder, *, known: bool
) -> list[tuple[int, Place]]:
    text = " ".join(one.text for one in wanted(tree))
    return placed(by_meaning(session, text, embedder, strict(without_texts(tree), reading), known=known))

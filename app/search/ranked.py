"""Hits by relevance: exact phrases first, then words and meaning fused; each hit says which lists have it and where.

Reciprocal rank fusion: the sum of weight / (K + rank) over the lists that have the document; K = 60 as in Cormack,
Clarke and Buettcher, Reciprocal Rank Fusion outperforms Condorcet and individual rank learning methods, SIGIR 2009.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import True_

from app.domain.query.parts import texts_only, wanted
from app.domain.query.tree import Node, Word
from app.domain.spelling import normal
from app.models import SearchDocument, SearchWord
from app.search.conditions import Condition, Reading, TsQuery, phrase, strict, tsquery
from app.search.dated import at_most, moment
from app.search.limits import FEW, RANKED_IN_FULL
from app.search.newest import newest

K = 60
MOST = 1_000  # hits of a list: enough to read, and few enough to keep
# ts_rank_cd: divide by 1 + log of the length, or long texts would win by their length.
BY_LENGTH = 1
EXACT, WORDS, ANY, MEANING = "exact", "words", "any", "meaning"
# A document with one of five words says less than one with all of them, or than one with the meaning.
WEIGHTS = {WORDS: 1.0, ANY: 0.3, MEANING: 1.0}
OPENING = 5_000  # characters of a text in which its words are sought letter for letter; a post has at most 4,096
# Cosine below which a hit without all words stands after all others. On the half `tune` of docs/eval.md it gives .007
# of nDCG@10: one word of several says little, and so does a meaning that is hardly nearer than that of most posts.
WEAK = 0.3


@dataclass(frozen=True)
class Place:
    """The place of a hit in one list. similarity: cosine, in the list of meaning alone."""

    rank: int
    similarity: float | None = None


@dataclass(frozen=True)
class Ranked:
    """A hit, and its places by the name of the list."""

    publication_id: int
    score: float
    places: Mapping[str, Place] = field(default_factory=dict)

    @property
    def exact(self) -> bool:
        """Whether it has the words of the query side by side."""
        return self.score >= 1.0

    @property
    def near(self) -> bool:
        """Whether its meaning alone speaks for it."""
        return set(self.places) == {MEANING}

    @property
    def weak(self) -> bool:
        """Whether it lacks a word of the query, and its meaning is not near by much."""
        meaning = self.places.get(MEANING)
        return WORDS not in self.places and ((meaning and meaning.similarity) or 0.0) < WEAK


def fuse(
    lists: Mapping[str, Sequence[tuple[int, Place]]], exact: Mapping[int, int] = MappingProxyType({})
) -> list[Ranked]:
    """The hits of all lists, the best first: exact ones before all others, weak ones after all others.

    exact: how exact a hit is, from 1; of two exact hits the more exact one comes first. Of equal ones, that of the
    first list does.
    """
    hits = [Ranked(id_, _score(at, exact.get(id_, 0)), at) for id_, at in gathered(lists).items()]
    return sorted(hits, key=lambda hit: (hit.weak, -hit.score))[:MOST]


def gathered(lists: Mapping[str, Sequence[tuple[int, Place]]]) -> dict[int, dict[str, Place]]:
    """The places of each hit, by the name of the list."""
    places: dict[int, dict[str, Place]] = {}
    for name, found in lists.items():
        for publication, place in found:
            places.setdefault(publication, {})[name] = place
    return places


def placed(near: Iterable[tuple[int, float]]) -> list[tuple[int, Place]]:
    """The list of hits by meaning, from the nearest on. near: publications and their similarity."""
    return [(publication, Place(rank, similarity)) for rank, (publication, similarity) in enumerate(near, start=1)]


def _score(places: Mapping[str, Place], exact: int) -> float:
    """A fused score is below 1, so that an exact hit stands above all others."""
    return sum(WEIGHTS[name] / (K + place.rank) for name, place in places.items()) + exact


def by_words(session: Session, tree: Node, reading: Reading) -> tuple[list[tuple[int, Place]], bool]:
    """The strict set by the rank of its words, and whether only the newest of a great many were ranked."""
    texts = texts_only(tree)
    if texts is None:
        return [], False
    condition, query = strict(tree, reading), tsquery(texts)
    whole = not _counted_as_broad(session, tree, reading) and at_most(session, condition, RANKED_IN_FULL)
    return _by_rank(session, condition, query, whole), not whole


def _counted_as_broad(session: Session, tree: Node, reading: Reading) -> bool:
    """Whether the count of a single word says so: to count its posts anew would take longer than to rank some."""
    if not isinstance(tree, Word) or not isinstance(reading.beside, True_):
        return False
    known = session.get(SearchWord, normal(tree.text))
    return known is not None and known.documents > RANKED_IN_FULL


def exact(session: Session, tree: Node, reading: Reading, ids: Sequence[int]) -> dict[int, int]:
    """Those of the documents that have the words of the query side by side and in order; none for a single word.

    1: by their stems, 2: letter for letter in the text, 3: at its beginning, as its title. Full text drops words such
    as "again": to it, "monday again" stands wherever Monday does.
    """
    words = " ".join(one.text for one in wanted(tree))
    if len(words.split()) < 2 or not ids:
        return {}
    found = select(SearchDocument.publication_id, func.left(SearchDocument.text, OPENING)).where(
        SearchDocument.publication_id == func.any(ids), phrase(words, reading)
    )
    said = _letters(words)
    openings = [(publication, _letters(text)) for publication, text in session.execute(found)]
    return {publication: 1 + (said in text) + text.startswith(said) for publication, text in openings}


def _letters(text: str) -> str:
    """The words of a text as they are compared, each between blanks."""
    return " ".join(("", *re.findall(r"\w+", normal(text)), ""))


def _by_rank(session: Session, condition: Condition, query: TsQuery, whole: bool) -> list[tuple[int, Place]]:
    if whole:
        ids = session.scalars(_ranking(condition, query)).all()
    else:
        # In an array: a list of thousands of parameters would be parsed for longer than the rows are ranked.
        few = newest(session, condition, FEW)
        ids = session.scalars(_ranking(SearchDocument.publication_id == func.any(few), query)).all()
    return [(publication, Place(rank)) for rank, publication in enumerate(ids, start=1)]


def _ranking(condition: Condition, query: TsQuery) -> Select[int]:
    # MATERIALIZED: with ORDER BY date the planner would else walk the date index and test each row for rare words.
    rank = func.ts_rank_cd(SearchDocument.tsv, query, BY_LENGTH)
    hits = (
        select(SearchDocument.publication_id, moment.label("moment"), rank.label("rank"))
        .where(condition)
        .cte("hits")
        .prefix_with("MATERIALIZED")
    )
    order = (hits.c.rank.desc(), hits.c.moment.desc(), hits.c.publication_id.desc())
    return select(hits.c.publication_id).order_by(*order).limit(MOST)

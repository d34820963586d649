"""Why a hit is one: the lists that have it, its words as the post writes them, its filters, the corrections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain.query.parts import wanted
from app.domain.query.tree import Node, Word
from app.domain.spelling import SURE, Candidate, choose, normal
from app.search.judged import TEXTS, Asked, Kind, Verdict, judged
from app.search.ranked import EXACT, WEIGHTS, K, Ranked
from app.search.spelling import Correction

_WORDS = (Kind.WORD, Kind.PHRASE)
NAMES = {"desc": "labels"}  # the fields as `where` of a hit names them


@dataclass(frozen=True)
class Listed:
    """A list that has the hit. name: exact, words, any or meaning. score: its part of the hit's score.

    rank: from 1 on, None for exact, whose score says how exact it is. similarity: cosine, of the list of meaning alone.
    """

    name: str
    score: float
    rank: int | None = None
    similarity: float | None = None


@dataclass(frozen=True)
class Said:
    """A word, a phrase or a pattern of the query that the post has. asked: as the query has it.

    instead: where another word was searched for. where: by field (text, ocr, labels, tags) how the post writes it, at
    most three forms. search: the saved search that it comes from.
    """

    asked: str
    kind: str  # word, phrase or pattern
    where: Mapping[str, tuple[str, ...]]
    instead: Correction | None = None
    search: str | None = None


@dataclass(frozen=True)
class Explained:
    """Why a hit is one. lacks: wanted words and phrases that the post does not have.

    filters: that hold, as the query prints them, saved searches too. near: only its meaning speaks for it. weak: it
    lacks a word, and its meaning is not near by much.
    """

    lists: tuple[Listed, ...]
    said: tuple[Said, ...]
    lacks: tuple[str, ...]
    filters: tuple[str, ...]
    near: bool
    weak: bool


def explain(session: Session, asked: Asked, hits: Sequence[Ranked]) -> dict[int, Explained]:
    """Why each hit is one, by publication; without those whose document is gone.

    asked: with the corrections that the hits were found by.
    """
    verdicts = judged(session, asked, [one.publication_id for one in hits])
    return {one.publication_id: _explained(verdicts[one.publication_id], one) for one in hits
            if one.publication_id in verdicts}  # fmt: skip


def why_instead(asked: Node, searched: Node) -> dict[str, Correction]:
    """The corrections between a query and the one that was searched for, which differ in words alone."""
    pairs = [(one, by) for one, by in zip(wanted(asked), wanted(searched), strict=False) if one != by]
    return {one.text: correction(one.text, by.text) for one, by in pairs if isinstance(one, Word)}


def correction(word: str, by: str) -> Correction:
    """The correction of a word by another, and why it is one."""
    choice = choose(normal(word), [Candidate(by, SURE)])
    return Correction(word, by, choice.why.value if choice else "")


def _explained(verdict: Verdict, hit: Ranked) -> Explained:
    parts = list(_holding(verdict))
    texts = {(one.kind, one.text, search): one for one, search in parts if one.kind in TEXTS and not one.idle}
    filters = [one.text for one, _ in parts if one.kind in (Kind.FILTER, Kind.SEARCH, Kind.NOT) and one.holds]
    return Explained(
        tuple(_lists(hit)),
        tuple(_said(one, search) for (_, _, search), one in texts.items() if one.holds),
        tuple(dict.fromkeys(one.by or one.text for one in texts.values() if not one.holds and one.kind in _WORDS)),
        tuple(dict.fromkeys(filters)),
        hit.near,
        hit.weak,
    )


def _holding(verdict: Verdict, search: str | None = None) -> Iterator[tuple[Verdict, str | None]]:
    """The leaves that speak for a hit. Of alternatives those that hold; nothing that is left out.

    A negated filter is one, a negated word is none.
    """
    match verdict.kind:
        case Kind.ALL:
            below = verdict.parts
        case Kind.ANY:
            below = tuple(one for one in verdict.parts if one.holds) or verdict.parts
        case Kind.SEARCH:
            yield verdict, search
            below, search = verdict.parts, verdict.text
        case Kind.NOT:
            if not any(one.kind in TEXTS for one in _all(verdict)):
                yield verdict, search
            return
        case _:
            yield verdict, search
            return
    for one in below:
        yield from _holding(one, search)


def _all(verdict: Verdict) -> Iterator[Verdict]:
    yield verdict
    for one in verdict.parts:
        yield from _all(one)


def _said(one: Verdict, search: str | None) -> Said:
    where = {NAMES.get(name, name): forms for name, forms in one.forms.items()}
    instead = correction(one.text, one.by) if one.by else None
    return Said(one.text, one.kind.value, where, instead, search)


def _lists(hit: Ranked) -> Iterator[Listed]:
    if hit.exact:
        yield Listed(EXACT, float(int(hit.score)))  # the lists give less than 1
    for name, place in hit.places.items():
        yield Listed(name, WEIGHTS[name] / (K + place.rank), place.rank, place.similarity)

"""Measures how well each offered span fits a question: by its words, its meaning, its neighbours and the kind of answer."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass

from app.domain.ask.answer import AskInput, Source, Span
from app.domain.ask.evidence import evidence
from app.domain.ask.terms import Term, coverage, terms, worth
from app.domain.ask.wanted import Wanted, wanted

Near = Sequence[float | None]  # the cosine of each span with the question; None without an embedder
AROUND = 2  # spans before and after that tell a sentence's topic


@dataclass(frozen=True)
class Features:
    """What tells whether a span answers. Shares of the question's words weighted by rarity, 0 to 1; cosines; 0 or 1."""

    own: float  # share in the span
    around: float  # share in the span and its neighbours
    post: float  # share in the whole post
    meaning: float
    meaning_around: float  # the best of the neighbours
    meaning_post: float  # the best of the post
    fits: float  # has a value of the wanted kind
    misfits: float  # has none, though one is wanted
    number: float  # has a number that the question asks about
    ocr: float
    description: float
    rank: float  # 1 for the first passage, falling


def features(given: AskInput, near: Near) -> list[Features]:
    """The features of each span, in order."""
    said = [terms(span.text) for span in given.spans]
    asked = _weights(terms(given.question, given.language), said)
    kind = wanted(given.question)
    posts = defaultdict(list)
    for place, span in enumerate(given.spans):
        posts[span.publication_id].append(place)
    return [
        _features(place, given.spans, said, near, asked, kind, posts[span.publication_id])
        for place, span in enumerate(given.spans)
    ]


def _weights(asked: Sequence[Term], said: Sequence[Sequence[Term]]) -> dict[Term, float]:
    """The rarity of each word of the question among the spans: one that no span has weighs most."""
    found = {term: sum(any(worth(term, one) for one in words) for words in said) for term in asked}
    return {term: math.log(1 + len(said) / (0.5 + count)) for term, count in found.items()}


def _features(
    place: int,
    spans: Sequence[Span],
    said: Sequence[Sequence[Term]],
    near: Near,
    asked: Mapping[Term, float],
    kind: Wanted | None,
    post: Sequence[int],
) -> Features:
    span = spans[place]
    neighbours = [one for one in post if abs(one - place) <= AROUND]
    fit = _fit(span, asked, kind)
    numbers = [term for term in asked if term.is_number]
    return Features(
        own=coverage(asked, said[place]),
        around=coverage(asked, _union(said, [*neighbours, post[0]])),
        post=coverage(asked, _union(said, post)),
        meaning=near[place] or 0.0,
        meaning_around=max((near[one] or 0.0 for one in neighbours if one != place), default=0.0),
        meaning_post=max(near[one] or 0.0 for one in post),
        fits=fit if kind else 0.0,
        misfits=1 - fit if kind else 0.0,
        number=float(any(worth(term, one) for term in numbers for one in said[place])),
        ocr=float(span.source is Source.OCR),
        description=float(span.source is Source.DESCRIPTION),
        rank=1 / span.passage,
    )


def _union(said: Sequence[Sequence[Term]], places: Sequence[int]) -> set[Term]:
    return {term for place in places for term in said[place]}


def _fit(span: Span, asked: Mapping[Term, float], kind: Wanted | None) -> float:
    return evidence(span.text, kind) if kind else 0.0


def vector(one: Features) -> tuple[float, ...]:
    """The features as numbers."""
    return astuple(one)

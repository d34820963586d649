"""Measures how well each offered span fits a question: by words, meaning, neighbours and the kind of answer."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.ask.answer import AskInput, Source, Span
from app.domain.ask.evidence import evidence
from app.domain.ask.matches import Matches, Words
from app.domain.ask.terms import terms
from app.domain.ask.wanted import STRICT, Wanted, wanted

NEIGHBOURS = 2  # spans before and after that tell what a sentence is about
WINDOW = 400  # characters of the texts that are compared by meaning: a span and those that lead to it
# The cosine of an average span with a question on the half `tune`: stands in for all where there is no embedder.
AVERAGE = 0.3
AVERAGE_SCORE = -11.0  # of a span, by the scorer, on the same half: stands in where there is none
_ASKED = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Near:
    """Likeness by meaning. windows: the question's cosine with each text of `windows`; None without an embedder.
    scores: for each span the log odds that it answers, by a scorer; empty without one."""

    windows: Sequence[float | None]
    words: Words
    scores: Sequence[float] = ()


@dataclass(frozen=True)
class Features:
    """The marks of a span that answers; shares are of the question's words, weighted by rarity, 0 to 1."""

    post: float  # share that its post says, less that of the best post
    meaning: float  # cosine
    fits_around: float  # has a value of a wanted kind (0, LOOSE or 1), times the share that is said around it
    misfits: float  # has no value of a wanted kind
    ocr: float
    score: float  # log odds by the scorer


def windows(spans: Sequence[Span]) -> list[str]:
    """For each span the text to compare by meaning: the first span of its post, the one before, and itself."""
    leading = ([one for one in (post[0], place - 1, place) if one in post] for place, post in enumerate(_posts(spans)))
    return ["\n".join(spans[one].text for one in dict.fromkeys(places))[-WINDOW:] for places in leading]


def posts(spans: Sequence[Span]) -> list[list[int]]:
    """For each post the places of its spans, in order."""
    found = defaultdict(list)
    for place, span in enumerate(spans):
        found[span.publication_id].append(place)
    return list(found.values())


def _posts(spans: Sequence[Span]) -> list[list[int]]:
    """For each span the places of all spans of its post."""
    of = {place: post for post in posts(spans) for place in post}
    return [of[place] for place in range(len(spans))]


def features(given: AskInput, near: Near) -> list[Features]:
    """The features of each span, in order."""
    return _Measure(given, near).all()


class _Measure:
    """The features of one question's spans; holds all that they are measured by."""

    def __init__(self, given: AskInput, near: Near) -> None:
        self._given = given
        self._near = near
        said = [terms(span.text) for span in given.spans]
        self._matches = Matches(terms(given.question, given.language), said, near.words)
        self._kinds = wanted(given.question)
        # Numbers and names of the question: in a span they are no answer.
        self._known = frozenset(word.lower() for word in _ASKED.findall(given.question) if not word[0].islower())

    def all(self) -> list[Features]:
        """The features of each span, in order."""
        around = _posts(self._given.spans)
        shares = [self._matches.share(post) for post in around]
        return [self._one(place, post, shares[place] - max(shares)) for place, post in enumerate(around)]

    def _one(self, place: int, post: Sequence[int], behind: float) -> Features:
        span, meaning = self._given.spans[place], self._near.windows[place]
        around = self._matches.share({post[0], *(one for one in post if abs(one - place) <= NEIGHBOURS)})
        fits = evidence(span.text, self._kinds, self._known)
        return Features(
            post=behind,
            meaning=AVERAGE if meaning is None else meaning,
            fits_around=fits * around,
            misfits=(1 - fits) * self._is_strict(),
            ocr=float(span.source is Source.OCR),
            score=self._near.scores[place] if self._near.scores else AVERAGE_SCORE,
        )

    def _is_strict(self) -> bool:
        kinds: set[Wanted] = set(self._kinds)
        return bool(kinds) and kinds <= STRICT

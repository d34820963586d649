"""Chooses the spans that answer a question: whole sentences of posts, ordered as written, without repetition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.ask.answer import AskInput, Cite, Sentence, Span
from app.domain.ask.features import Features, Near, features, vector
from app.domain.ask.terms import terms
from app.domain.spelling import normal

# Calibrated on the half `tune` of the labelled questions.
WEIGHTS = (2.5, 1.5, 1.0, 4.0, 0.5, 1.0, 0.8, -0.8, 0.5, -0.2, -1.0, 0.3)
BIAS = -5.0
LEAST = 0.3  # confidence below which nothing is answered
CUT = 0.6  # of the best score that a further sentence needs
MOST = 5  # sentences of an answer: more are a page of search results
SAME = 0.8  # share of words that two sentences have in common to be one


@dataclass(frozen=True)
class Choice:
    """The chosen sentences, in the order to show. confidence: that the best of them answers the question, 0 to 1."""

    sentences: tuple[Sentence, ...]
    confidence: float


def choose(given: AskInput, near: Near, least: float = LEAST) -> Choice:
    """The answer made of spans; without sentences if the confidence is below `least`, but with that confidence."""
    scores = [_score(one) for one in features(given, near)]
    best = max(scores, default=0.0)
    if best < least or not scores:
        return Choice((), best)
    ranked = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    groups: list[list[Span]] = []
    for place in ranked:
        if scores[place] < CUT * best:
            break
        _add(groups, given.spans[place])
    ordered = sorted(groups[:MOST], key=lambda group: group[0].number)
    return Choice(tuple(map(_sentence, ordered)), best)


def _score(one: Features) -> float:
    return 1 / (1 + math.exp(-BIAS - sum(map(float.__mul__, WEIGHTS, vector(one)))))


def _add(groups: list[list[Span]], span: Span) -> None:
    for group in groups:
        if is_repetition(group[0].text, span.text):
            group.append(span)
            return
    groups.append([span])


def _sentence(group: Sequence[Span]) -> Sentence:
    return Sentence(group[0].text, tuple(Cite(span.number, span.text) for span in group))


def is_repetition(one: str, other: str) -> bool:
    """Whether two sentences say the same, in nearly the same words and with the same numbers."""
    if " ".join(normal(one).split()) == " ".join(normal(other).split()):
        return True
    first, second = set(terms(one)), set(terms(other))
    if {term for term in first if term.is_number} != {term for term in second if term.is_number}:
        return False
    return bool(first) and len(first & second) >= SAME * len(first | second)

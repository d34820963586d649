"""Chooses the spans that answer a question: whole sentences of posts, ordered as written, without repetition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.ask.answer import AskInput, Cite, Sentence, Span
from app.domain.ask.features import Features, Near, features
from app.domain.ask.terms import terms
from app.domain.ask.weights import BIAS, CONFIDENCE_BIAS, LEAD_COUNTS, SCORE, SCORE_COUNTS
from app.domain.spelling import normal

# Confidence below which nothing is answered. Cross-validated on 450 questions, the best sentence is right for .93 of
# the answers from .7 on (23 % of the answerable questions, 8 % of the others get one), .92 from .6 on (33 %, 13 %),
# .86 from .5 on (45 %, 24 %). Each sentence stands beside its post, and the passages below are shown as passages.
LEAST = 0.6
# Log odds by which a further sentence may be less fit than the best. More lost precision there at low confidences.
NEXT = 0.4
MOST = 5  # sentences of an answer: more are a page of search results
SOURCES = 5  # posts that a sentence cites, if so many say it: enough to believe it
ALIKE = 0.8  # share of words that two sentences have in common to be one
LEAD = 3.0  # log odds: a larger lead over the second tells nothing more


@dataclass(frozen=True)
class Choice:
    """The chosen sentences, in the order to show. confidence: that the best of them answers the question, 0 to 1."""

    sentences: tuple[Sentence, ...]
    confidence: float


def choose(given: AskInput, near: Near, least: float = LEAST) -> Choice:
    """The answer made of spans; without sentences if the confidence is below `least`, but with that confidence."""
    found = features(given, near)
    if not found:
        return Choice((), 0.0)
    scores = [_score(one) for one in found]
    ranked = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
    spans = [given.spans[place] for place in ranked]
    confidence = _confidence(scores[ranked[0]], _lead(spans, [scores[place] for place in ranked]))
    if confidence < least:
        return Choice((), confidence)
    count = sum(score >= scores[ranked[0]] - NEXT for score in scores)
    groups = sorted(_grouped(spans[:count], spans[count:]), key=lambda group: group[0].number)
    return Choice(tuple(map(_sentence, groups)), confidence)


def _lead(spans: Sequence[Span], scores: Sequence[float]) -> float:
    """The lead of the first over the next that says something else; both in the order of their scores."""
    others = (score for span, score in zip(spans, scores, strict=True) if not is_repetition(spans[0].text, span.text))
    return min(LEAD, scores[0] - next(others, -math.inf))


def _score(one: Features) -> float:
    return BIAS + sum(weight * float(getattr(one, name)) for name, weight in SCORE.items())


def _confidence(score: float, lead: float) -> float:
    return 1 / (1 + math.exp(-(CONFIDENCE_BIAS + SCORE_COUNTS * score + LEAD_COUNTS * lead)))


def _grouped(best: Sequence[Span], others: Sequence[Span]) -> list[list[Span]]:
    """The best spans, each with its repetitions among all spans: they are further sources of one sentence."""
    groups: list[list[Span]] = []
    left = [*best, *others]
    for span in best:
        if len(groups) < MOST and span in left:
            same = [one for one in left if one is span or is_repetition(span.text, one.text)]
            groups.append(sorted(same[:SOURCES], key=lambda one: one.number))
            left = [one for one in left if one not in same]
    return groups


def _sentence(group: Sequence[Span]) -> Sentence:
    return Sentence(group[0].text, tuple(Cite(span.number, span.text) for span in group))


def is_repetition(one: str, other: str) -> bool:
    """Whether two sentences say the same, in nearly the same words and with the same numbers."""
    if " ".join(normal(one).split()) == " ".join(normal(other).split()):
        return True
    first, second = set(terms(one)), set(terms(other))
    if {term for term in first if term.is_number} != {term for term in second if term.is_number}:
        return False
    return bool(first) and len(first & second) >= ALIKE * len(first | second)

"""The answers of the project itself, checked in code as a worker checks them."""

from __future__ import annotations

from collections.abc import Callable

from app.domain.ask.answer import Answer, AskInput, Judged
from app.eval.ask.attempts import Attempt, Method, Offer, Said, of_span
from app.ports import CheckedAnswerer

Confidence = Callable[[AskInput, Answer], float | None]


def ours(name: str, answerer: CheckedAnswerer, confidence: Confidence) -> Method:
    """The method of an answerer whose sentences are checked; only kept ones are shown."""

    def method(offer: Offer) -> Attempt:
        answer = answerer.answer(offer.given)
        said = tuple(_said(offer, one) for one in answer.kept)
        dropped = len(answer.sentences) - len(said)
        return Attempt(offer.question, name, said, confidence(offer.given, answer), dropped)

    return method


def _said(offer: Offer, one: Judged) -> Said:
    return Said(one.sentence.text, tuple(of_span(offer, cite) for cite in one.sentence.cites))

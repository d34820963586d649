"""The answers of the project itself, checked in code as a worker checks them."""

from __future__ import annotations

from app.adapters.answerer.checked import Nearness
from app.adapters.answerer.extractive import Extractive
from app.domain.ask.answer import Answer, Draft, Judged
from app.domain.ask.choice import LEAST
from app.domain.ask.judge import judge
from app.eval.ask.attempts import Attempt, Method, Offer, Said, of_span
from app.ports import Embedder, SpanScorer

EXTRACTIVE = "extractive"


def extractive(scorer: SpanScorer, embedder: Embedder | None) -> Method:
    """Sentences of the archive. They are chosen for a refused question, too: its confidence belongs to the curve."""
    answerer, nearness = Extractive(scorer, embedder), Nearness(embedder)

    def method(offer: Offer) -> Attempt:
        chosen = answerer.answer_with(offer.given, least=0.0)
        answer = judge(Draft(chosen.sentences), offer.given, nearness, extractive=True)
        confidence = chosen.confidence if answer.kept else None
        attempt = of_answer(offer, EXTRACTIVE, answer, confidence, offer.given.language)  # that of the words around it
        return attempt.at(LEAST)

    return method


def of_answer(offer: Offer, name: str, answer: Answer, confidence: float | None, language: str | None) -> Attempt:
    """The kept sentences of a checked answer as an attempt. language: of its own words."""
    said = tuple(_said(offer, one) for one in answer.kept)
    return Attempt(offer.question, name, said, confidence, language, len(answer.sentences) - len(said))


def _said(offer: Offer, one: Judged) -> Said:
    return Said(one.sentence.text, tuple(of_span(offer, cite) for cite in one.sentence.cites))

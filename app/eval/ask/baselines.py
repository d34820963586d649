"""Two baselines on the same spans: `cite [n]` without any check, and references that are the passages of the search.

Without a model a stand-in writes the sentences, the same for both: the best passages' sentences with most words of the
question. It copies, so it invents nothing; a model that is asked to cite may, and is scored with --model.
"""

from __future__ import annotations

from app.domain.ask.answer import Cite, Span
from app.domain.ask.likeness import likeness
from app.eval.ask.attempts import Attempt, Citation, Offer, Said, of_passage, of_span

PROMPT_ALONE = "prompt alone"
FROM_RETRIEVAL = "from retrieval"
OFFERED = "offered"
PASSAGES = 3  # as many as are read on the first screen of a search, and as many references as such tools show


def prompt_alone(offer: Offer) -> Attempt:
    """A sentence of each of the best passages, cited as [n]. It refuses where the best passage has a low score."""
    said = tuple(Said(span.text, (of_span(offer, Cite(span.number, span.text)),)) for span in sentences(offer))
    return Attempt(offer.question, PROMPT_ALONE, said, offer.score)


def from_retrieval(offer: Offer) -> Attempt:
    """The same sentences; under each stand the best passages as references, whatever they say.

    It refuses where no passage is near in meaning: the usual cut-off of a vector store.
    """
    said = tuple(Said(span.text, references(offer, span.text)) for span in sentences(offer))
    nearest = 0.0 if offer.similarity is None else offer.similarity
    return Attempt(offer.question, FROM_RETRIEVAL, said, nearest if said else None)


def everything(offer: Offer) -> Attempt:
    """Cites every span that was offered: no method can find more of the evidence."""
    cites = (Cite(span.number, span.text) for span in offer.given.spans)
    return Attempt(offer.question, OFFERED, tuple(Said("", (of_span(offer, cite),)) for cite in cites), None)


def references(offer: Offer, sentence: str) -> tuple[Citation, ...]:
    """The best passages as references of a sentence."""
    return tuple(of_passage(offer, rank, sentence) for rank in list(offer.passages)[:PASSAGES])


def sentences(offer: Offer) -> list[Span]:
    """Of each of the best passages the sentence with most words of the question, of equal ones the first."""
    like = likeness(offer.given.question)
    return [max(spans, key=lambda span: like(span.text)) for spans in list(offer.passages.values())[:PASSAGES]]

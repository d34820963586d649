"""What a method gets for a question, and what it makes of it: sentences with the places that they cite."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from app.domain.ask.answer import AskInput, Cite, Span
from app.eval.ask.metrics import Cited
from app.eval.ask.question import Question

NOWHERE = Cited("", None, "")  # of a span that was not offered: right for no label


@dataclass(frozen=True)
class Offer:
    """A question and the spans that the search found for it, the same for every method.

    posts: names by publication. score: of the best passage in the search's merged order. similarity: cosine of the
    passage that is nearest in meaning. Both are None without any passage, similarity also where meaning found none.
    """

    question: Question
    given: AskInput
    posts: Mapping[int, str]
    score: float | None = None
    similarity: float | None = None

    @cached_property
    def spans(self) -> Mapping[int, Span]:
        """The spans by number."""
        return {span.number: span for span in self.given.spans}

    @cached_property
    def passages(self) -> Mapping[int, tuple[Span, ...]]:
        """The spans of each passage by its rank, in order."""
        ranks = dict.fromkeys(span.passage for span in self.given.spans)
        return {rank: tuple(span for span in self.given.spans if span.passage == rank) for rank in ranks}


@dataclass(frozen=True)
class Citation:
    """A citation of an answer. faithful: whether its place was offered, and the quote stands there verbatim."""

    place: Cited
    faithful: bool


@dataclass(frozen=True)
class Said:
    """A sentence of an answer."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True)
class Attempt:
    """The answer of one method to one question; a refusal has no sentences.

    confidence: of the method in its answer, also in one that it refuses; None if no confidence would make it answer.
    language: of its own words, which are not quoted; None where it has none. dropped: sentences that failed a check.
    withheld: the sentences of an answer that it refuses. error: name of the error, if the method failed; it is in no
    score then.
    """

    question: Question
    method: str
    said: tuple[Said, ...]
    confidence: float | None
    language: str | None = None
    dropped: int = 0
    withheld: tuple[Said, ...] = ()
    error: str | None = None

    def at(self, level: float) -> Attempt:
        """The same, answered from this confidence on."""
        shown = self.confidence is not None and self.confidence >= level
        every = self.said or self.withheld
        return replace(self, said=every if shown else (), withheld=() if shown else every)

    @property
    def citations(self) -> list[Citation]:
        """The citations of all sentences."""
        return [one for sentence in self.said for one in sentence.citations]

    @property
    def cited(self) -> tuple[Cited, ...]:
        """The places that it cites, each once."""
        return tuple(dict.fromkeys(one.place for one in self.citations))


Method = Callable[[Offer], Attempt]


def of_span(offer: Offer, cite: Cite) -> Citation:
    """The citation of an offered span. One of another span leads nowhere."""
    span = offer.spans.get(cite.span)
    if span is None:
        return Citation(NOWHERE, faithful=False)
    place = Cited(offer.posts[span.publication_id], span.source, cite.quote)
    return Citation(place, faithful=bool(cite.quote.strip()) and _even(cite.quote) in _even(span.text))


def of_passage(offer: Offer, rank: int, quote: str) -> Citation:
    """The citation of a whole passage. It is faithful if the quote stands in the passage."""
    spans = offer.passages.get(rank)
    if not spans:
        return Citation(NOWHERE, faithful=False)
    place = Cited(offer.posts[spans[0].publication_id], None, "")
    return Citation(place, faithful=any(_even(quote) in _even(span.text) for span in spans))


def _even(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())

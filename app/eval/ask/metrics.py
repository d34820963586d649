"""Measures of citations: pure functions of what an answer cites and of the labelled quotes. Each is from 0 to 1.

Precision and recall of citations after Gao and others, Enabling large language models to generate text with citations
(ALCE), EMNLP 2023; recall of nuggets after Voorhees, Overview of the TREC 2003 question answering track. Here people
labelled the places that answer a question, so no model judges whether a citation supports its sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.ask.answer import Source
from app.eval.ask.question import Nugget, Quote
from app.eval.scores import normalised

MOST = 0.5  # share of the shorter text that two passages must have in common to be about the same words


@dataclass(frozen=True)
class Cited:
    """A place that an answer cites. post: name of the publication. source: None for the whole post."""

    post: str
    source: Source | None
    text: str


def precision(cited: Sequence[Cited], quotes: Sequence[Quote]) -> float | None:
    """The share of citations that are right: they overlap a labelled quote. None without citations."""
    return sum(any(right(one, quote) for quote in quotes) for one in cited) / len(cited) if cited else None


def recall(cited: Sequence[Cited], quotes: Sequence[Quote]) -> float:
    """The share of the labelled quotes that are cited: of all places of the evidence, also those of the same fact."""
    return sum(_found(cited, quote) for quote in quotes) / len(quotes)


def nugget_recall(cited: Sequence[Cited], nuggets: Sequence[Nugget]) -> float:
    """The share of the labelled facts that are given: a quote of theirs is cited."""
    return sum(any(_found(cited, quote) for quote in one.quotes) for one in nuggets) / len(nuggets)


def _found(cited: Sequence[Cited], quote: Quote) -> bool:
    return any(right(one, quote) for one in cited)


def right(cited: Cited, quote: Quote) -> bool:
    """Whether a citation leads to a labelled quote: the same post and field, and overlapping words.

    A citation of a whole post is right wherever in the post the quote stands.
    """
    if cited.post != quote.post:
        return False
    return cited.source is None or (cited.source is quote.source and overlap(cited.text, quote.text))


def overlap(one: str, other: str) -> bool:
    """Whether two passages of one text are about the same words.

    One contains the other, or the end of one is the beginning of the other for more than half of the shorter. Case,
    white space and the form of quotes and dashes do not count. An empty text overlaps nothing.
    """
    first, second = sorted((normalised(one).casefold(), normalised(other).casefold()), key=len)
    if not first or first in second:
        return bool(first)
    least = int(MOST * len(first)) + 1
    return any(first[-run:] == second[:run] or second[-run:] == first[:run] for run in range(least, len(first)))

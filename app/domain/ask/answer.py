"""The values of a question and its answer: spans that are offered, sentences that cite them, and their verdicts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Source(StrEnum):
    """The field of a search document that a span is from."""

    POST = "post"  # the words of the post itself
    OCR = "ocr"  # words that were read from its pictures
    DESCRIPTION = "description"  # labels, descriptions and file names: weak evidence, since a model wrote most of them


@dataclass(frozen=True)
class Span:
    """A passage of text that a sentence may cite, as it stands in the document.

    number: from 1, in the order in which spans are offered. passage: rank of its post among the passages, from 1.
    start: characters before it in its field.
    """

    number: int
    passage: int
    publication_id: int
    source: Source
    start: int
    text: str


@dataclass(frozen=True)
class AskInput:
    """All that an answer depends on. question: words without filters. language: of the question (ru, en, uk)."""

    question: str
    language: str
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Cite:
    """A citation. span: a number of the offered spans, if the model keeps to them. quote: letter for letter."""

    span: int
    quote: str


@dataclass(frozen=True)
class Sentence:
    """A sentence of a draft, unchecked."""

    text: str
    cites: tuple[Cite, ...]


@dataclass(frozen=True)
class Draft:
    """An answer before the checks. Without sentences: the answerer found none. problems: faults of its form."""

    sentences: tuple[Sentence, ...]
    problems: tuple[str, ...] = ()


class Verdict(StrEnum):
    """The end of a sentence: kept, or the first check that it failed. The order is that of the checks."""

    KEPT = "kept"
    NO_CITATION = "no_citation"  # it cites nothing
    NOT_OFFERED = "not_offered"  # a span that was not offered
    NOT_VERBATIM = "not_verbatim"  # a quote that does not stand in its span
    ADDRESS = "address"  # a web address, mail address or @name that the model wrote itself
    LANGUAGE = "language"  # another language than that of the question
    NUMBER = "number"  # a number or date that its quotes lack
    NAME = "name"  # a name that its quotes lack
    MEANING = "meaning"  # its meaning is too far from that of its quotes
    CHANGED = "changed"  # the post says something else by now


@dataclass(frozen=True)
class Judged:
    """A sentence and its verdict. detail: the part of it that failed, in words for the user; empty if it is kept."""

    sentence: Sentence
    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True)
class Answer:
    """A checked answer: all sentences of the draft in order, kept and dropped. problems: as in Draft."""

    sentences: tuple[Judged, ...]
    problems: tuple[str, ...] = ()

    @property
    def kept(self) -> tuple[Judged, ...]:
        """The sentences to show."""
        return tuple(one for one in self.sentences if one.verdict is Verdict.KEPT)

"""Splits documents into the spans that an answer may cite: sentences as they stand, each with its place."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from app.domain.ask.answer import Source, Span
from app.domain.ask.cuts import cut
from app.domain.ask.likeness import Likeness, likeness
from app.domain.ask.lines import blocks
from app.domain.ask.sentences import sentences

# Of all posts together: eight passages of some five sentences stay whole, a long one does not crowd out the others,
# and the prompt of a model holds 8,000 tokens, of which a span takes some 50.
MOST = 120

_WORD = re.compile(r"[^\W_]{2}")
_KEPT_SIGNS = frozenset("°№©®§¶")  # of the category of pictures, though they are read


@dataclass(frozen=True)
class SourceTexts:
    """The fields of a document that may be cited; a field that it lacks is empty. description: one text a line."""

    publication_id: int
    post: str
    ocr: str
    description: str


Piece = tuple[Source, int, str]  # field, start in it, text


def split(text: str) -> list[tuple[int, str]]:
    """The sentences as they stand, each with the number of characters before it.

    They are in order, do not overlap, and hold every letter and digit of the text; bullets before them are left out.
    """
    ranges = (part for block in blocks(text) for sentence in sentences(text, *block) for part in cut(text, *sentence))
    return [(start, text[start:end]) for start, end in (_bare(text, *one) for one in ranges) if start < end]


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """Without white space around it and bullets before it; empty without a letter or digit."""
    if not any(map(str.isalnum, text[start:end])):
        return start, start
    while _is_bullet(text, start):
        start += 1
    while text[end - 1].isspace():
        end -= 1
    return start, end


def _is_bullet(text: str, place: int) -> bool:
    sign = text[place]
    if sign == "-":
        return not text[place + 1].isdigit()  # minus five degrees
    picture = unicodedata.category(sign) in ("So", "Cf", "Mn") and sign not in _KEPT_SIGNS
    return picture or sign.isspace() or sign in "–—―•·▪▫◦‣*|>~_=.,;:!?…)]}»"


def spans_of(documents: Sequence[SourceTexts], question: str = "") -> tuple[Span, ...]:
    """The spans of documents in order of rank, numbered from 1; passage is the place of the document, from 1.

    At most MOST. Of long documents those stay that share most words with the question. Left out: pieces without a word,
    and repetitions inside a document. The caller leaves out documents that give orders to machines.
    """
    like = likeness(question)
    offered = [
        (turn, passage, place, document.publication_id, piece)
        for passage, document in enumerate(documents, start=1)
        for turn, (place, piece) in enumerate(_best(document, like))
    ]
    kept = sorted(sorted(offered, key=lambda one: one[:2])[:MOST], key=lambda one: one[1:3])
    numbers = count(1)
    return tuple(Span(next(numbers), passage, post, *piece) for _, passage, _, post, piece in kept)


def _best(document: SourceTexts, like: Likeness) -> list[tuple[int, Piece]]:
    """The pieces to offer, each with its place in the document, those first that share most with the question."""
    pieces = list(enumerate(_pieces(document)))
    if len(pieces) > 1:
        pieces.sort(key=lambda one: -like(one[1][2]))
    return pieces[:MOST]


def _pieces(document: SourceTexts) -> Iterator[Piece]:
    """Each different sentence of the document. Labels and file names are no sentences: their lines stay apart."""
    seen = set()
    for source, text, start in _parts(document):
        for place, sentence in split(text):
            same = " ".join(sentence.casefold().split())
            if same not in seen and _WORD.search(sentence):
                yield source, start + place, sentence
            seen.add(same)


def _parts(document: SourceTexts) -> Iterator[tuple[Source, str, int]]:
    yield Source.POST, document.post, 0
    yield Source.OCR, document.ocr, 0
    start = 0
    for line in document.description.splitlines(keepends=True):
        yield Source.DESCRIPTION, line, start
        start += len(line)

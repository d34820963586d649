"""Decides how far the text layer of a page is believed: it may be a footer over a scan, or letters of a wrong font."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from app.domain.letters import judged

LEAST = 10  # letters and digits; fewer are a page number over a scan
PICTURED = 0.3  # share of a page under pictures from which their ink must be in the layer, too
COVERED = 0.7  # share of the page's ink that lies in lines of a whole layer
DRAWN = 0.35  # the same for a page without large pictures: its text may be drawn as shapes, but tables have lines
FEW = 200  # letters; a drawn page with more has its text in the layer
HIDDEN = 0.5  # share of the layer's lines that leave no mark
UNMAPPED = 0.1  # share of characters whose font does not tell which letters they are
SHOWN = 0.8  # share of common words from which a layer is surely the text of its picture
MOST = 0.5  # share of the words of a transcription, from which it is one of the layer
NEEDED = 4  # words of a picture that decide anything
POOR = 0.5  # share of the layer's letters; a recognition with fewer has missed some text
BETTER = 0.3  # levels of letters; two readings of one page differ by less
REPEATED = 0.6  # share of the pairs of words of a line that the layer has already

_WORD = re.compile(r"\w{3,}")


class Trust(StrEnum):
    """How far a text layer is believed."""

    WHOLE = "whole"  # exact, and all that the page says
    PART = "part"  # exact, but the page may say more
    DOUBTFUL = "doubtful"  # may have faults
    GARBLED = "garbled"  # not the letters that the page shows


@dataclass(frozen=True)
class LayerFacts:
    """The facts of one page that decide. Shares are 0 to 1, None where they were not measured."""

    text: str
    pictured: float | None = None  # of the page's area, under pictures
    covered: float | None = None  # of the page's ink, in the lines of the layer
    hidden: float | None = None  # of the layer's lines, without a mark on the page
    unmapped: float = 0.0  # of its characters, without a letter told by the font


class Layer(BaseModel):
    """The text layer of one page with its judgement."""

    model_config = ConfigDict(frozen=True)
    page: int  # from 1
    text: str
    trust: Trust
    why: str | None = None  # it is not believed wholly
    shown: bool = False  # whether the page's picture goes to recognition or to a model, too


def judge(facts: LayerFacts) -> tuple[Trust, str | None]:
    """(how far the layer is believed, why not wholly)."""
    found = judged(facts.text)
    if fault := found.fault:
        return Trust.GARBLED, fault
    if facts.hidden is not None and facts.hidden >= HIDDEN:
        return Trust.DOUBTFUL, "it is hidden under or over a picture"
    if found.odd or facts.unmapped > UNMAPPED:
        return Trust.DOUBTFUL, "its words are unusual" if found.odd else "its font does not tell all letters"
    if _lacks(facts, found.letters):
        return Trust.PART, "the page shows more than it has"
    return Trust.WHOLE, None


def _lacks(facts: LayerFacts, letters: int) -> bool:
    if facts.covered is None:
        return False
    if (facts.pictured or 0.0) >= PICTURED:
        return facts.covered < COVERED
    return letters < FEW and facts.covered < DRAWN


def useful(layer: Layer, seen: str) -> bool:
    """Whether search and tags use the layer. seen: the recognised text of its page; empty without recognition.

    A doubtful or garbled layer that has the words of its picture is right, whatever its letters look like: it may be a
    list of codes. A doubtful one is also used where recognition found much less, or less of words.
    """
    if layer.trust in (Trust.WHOLE, Trust.PART) or _agree(_words(seen), _words(layer.text)):
        return True
    return layer.trust is Trust.DOUBTFUL and (letters(seen) < POOR * letters(layer.text) or _better(layer.text, seen))


def _better(text: str, other: str) -> bool:
    """Whether the letters of one text make words and those of another less so."""
    one, two = judged(text).level, judged(other).level
    return one is not None and two is not None and one > two + BETTER


def _agree(seen: set[str], own: set[str]) -> bool:
    return len(seen) >= NEEDED and len(seen & own) >= SHOWN * max(NEEDED, min(len(seen), len(own)))


def has_words_of(text: str, seen: str) -> bool:
    """Whether a text has most words of another one, or that one has too few to tell."""
    words = _words(seen)
    return len(words) < NEEDED or len(words & _words(text)) >= MOST * len(words)


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))


def letters(text: str) -> int:
    """Letters and digits of a text."""
    return sum(char.isalnum() for char in text)


def without_repeats(text: str, known: str) -> str:
    """The lines of a text that another text lacks: recognition repeats lines of the layer, with a wrong letter each."""
    pairs, lines = set(_pairs(known)), {_key(line) for line in known.splitlines()}
    return "\n".join(line for line in text.split("\n") if not line or not _repeats(line, pairs, lines)).strip("\n")


def _repeats(line: str, pairs: set[tuple[str, str]], lines: set[str]) -> bool:
    found = _pairs(line)
    return _key(line) in lines or (bool(found) and sum(pair in pairs for pair in found) >= REPEATED * len(found))


def _pairs(text: str) -> Sequence[tuple[str, str]]:
    words = re.findall(r"\w+", text.casefold())
    return list(pairwise(words))


def _key(line: str) -> str:
    return "".join(line.casefold().split())

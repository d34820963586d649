"""Judges the letters of a text: whether they make words of some language, or are what a wrong font or code page made.

Words are judged by their pairs of letters (letter_pairs.py), which tells a language from a shifted alphabet or a wrong
code page without a dictionary. Scripts without a table are not judged.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product

from app.domain.letter_pairs import CYRILLIC, CYRILLIC_LETTERS, LATIN, LATIN_LETTERS

ENOUGH = 60  # pairs of letters; fewer, as in a table of abbreviations, tell little
FOREIGN = 5.9  # mean level below which letters make no words; prose has 6.7 to 8, a wrong code page under 5.8
ODD = 6.4  # below, it may be a list of abbreviations, or words with every third letter wrong
STRANGE = 0.05  # share of characters that no text has
ACCENTED = 0.45  # share of letters in the upper half of Latin-1: Icelandic has 0.2, Cyrillic read as Latin-1 all
SAMPLE = 20_000  # characters that are judged

_WORD = re.compile(r"\w{2,}")
_HYPHENS = "\x02\ufffe\xad"  # PDFium's marks of a word that goes on in the next line
_TABLES = ((CYRILLIC_LETTERS, CYRILLIC), (LATIN_LETTERS, LATIN))
_KNOWN = frozenset(CYRILLIC_LETTERS + LATIN_LETTERS)


@dataclass(frozen=True)
class Letters:
    """The judgement of a text's letters. level: mean of its pairs, 0 to 9; None where too few can be judged."""

    letters: int
    strange: float  # share of control, private, unassigned and replacement characters
    accented: float  # share of letters in the upper half of Latin-1
    level: float | None

    @property
    def fault(self) -> str | None:
        """The reason why these are not the letters of a text, None for a text."""
        if self.strange > STRANGE:
            return "it has characters that no text has"
        if self.accented > ACCENTED:
            return "its letters are those of another code page"
        if self.level is not None and self.level < FOREIGN:
            return "its letters make no words"
        return None

    @property
    def odd(self) -> bool:
        """Whether its words are unusual."""
        return self.level is not None and self.level < ODD


def judged(text: str) -> Letters:
    """Judges the beginning of a text."""
    sample = unicodedata.normalize("NFC", text[:SAMPLE])
    shown = [char for char in sample if not char.isspace() and char not in _HYPHENS]
    letters = [char for char in shown if char.isalpha()]
    return Letters(
        letters=len(letters),
        strange=_share(sum(_strange(char) for char in shown), len(shown)),
        accented=_share(sum("\xc0" <= char <= "\xff" for char in letters), len(letters)),
        level=_level(sample),
    )


def _share(some: int, of: int) -> float:
    return some / of if of else 0.0


def _strange(char: str) -> bool:
    return char == "\ufffd" or unicodedata.category(char) in ("Cc", "Co", "Cn", "Cs")


def _level(text: str) -> float | None:
    """The mean level of all pairs in words of letters alone: codes and numbers say nothing about a language."""
    levels = [level for word in _WORD.findall(text) if word.isalpha() for level in _levels(word.casefold())]
    return sum(levels) / len(levels) if len(levels) >= ENOUGH else None


def _levels(word: str) -> Iterator[int]:
    """The levels of a word's pairs. A Latin letter in a Cyrillic word makes 0; letters without a table make nothing."""
    cyrillic = sum("\u0400" <= char <= "\u04ff" for char in word) * 2 > len(word)
    plain = word if cyrillic else _unaccented(word)
    letters, pairs = _table(cyrillic)
    for first, second in zip(f" {plain}", f"{plain} ", strict=True):
        if first in letters and second in letters:
            yield pairs[first + second]
        elif first in _KNOWN and second in _KNOWN:
            yield 0


@cache
def _table(cyrillic: bool) -> tuple[frozenset[str], dict[str, int]]:
    letters, rows = _TABLES[0 if cyrillic else 1]
    levels = (int(level) for row in rows for level in row)
    pairs = {a + b: level for (a, b), level in zip(product(letters, letters), levels, strict=True)}
    return frozenset(letters), pairs


def _unaccented(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))

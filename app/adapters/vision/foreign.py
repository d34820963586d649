"""Decides which of two passes read a page: one in Russian, or one in a language of the same script. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.adapters.vision.tuning import TUNING
from app.adapters.vision.words import SHORT, Word, mean_confidence

_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
# A recogniser that knows no і or ї takes it for a sign, a figure or a Latin letter inside a word: дн!, р1чка, Bin.
_MISREAD = re.compile(
    r"[а-яё][!|]\w|[!|][а-яё]|[а-яё]\w*[0-9a-z]|[0-9a-z]\w*[а-яё]|(?:^|\s)\W*(?:\d[a-z]|i)\W*(?:\s|$)"
    r"|(?-i:[а-яё]! [а-яё])",
    re.IGNORECASE,
)


def may_be_foreign(words: Sequence[Word]) -> bool:
    """Whether a page read as Russian may be in another language of its script: unsure, or with misread letters."""
    text = " ".join(word.text for word in words)
    cyrillic = len(_CYRILLIC.findall(text))
    if cyrillic < TUNING.least_letters or cyrillic * 3 < sum(word.letters for word in words):
        return False
    confidence = mean_confidence(words)
    return confidence is None or confidence < TUNING.foreign_doubt or bool(_MISREAD.search(text))


def reads_better(second: Sequence[Word], first: Sequence[Word], letters: str) -> bool:
    """Whether the second pass is about as sure and found enough of the letters that Russian lacks.

    A sign in place of a letter may be sure of itself, so that the first pass may be the surer one by a little.
    """
    before, after = mean_confidence(first) or 0.0, mean_confidence(second) or 0.0
    own = sum(_count(word.text, letters) for word in second if _sure(word))
    needed = sum(len(_CYRILLIC.findall(word.text)) for word in second) * TUNING.foreign_share
    return after >= TUNING.word_confidence and after > before - TUNING.foreign_slack and own > 0 and own >= needed


def _sure(word: Word) -> bool:
    return word.letters > SHORT and word.confidence >= TUNING.foreign_word


def _count(text: str, letters: str) -> int:
    return sum(letter in letters for letter in text.lower())

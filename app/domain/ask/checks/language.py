"""Holds a sentence to the language of its question, by script, letters, function words and dictionaries.

Names, and words in quotation marks, may be of any language. A sentence without any word of its own (figures, names
alone) passes if its letters are of the script of the language.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from simplemma import is_known

from app.domain.ask.answer import AskInput, Sentence
from app.domain.ask.quotes import folded
from app.domain.ask.tongues import CYRILLIC, FOREIGN_CYRILLIC, FOREIGN_LATIN, FUNCTION, LATIN, LETTERS, OTHERS
from app.domain.spelling import normal

_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|„[^“”]*[“”]|\"[^\"]*\"")
_WORD = re.compile(r"(?<!\d)(?<!\d-)[^\W\d_]+(?:['’ʼ-][^\W\d_]+)*")
SHORTEST = 3  # letters of a word for the dictionary to count: short ones are words in many languages
FEWEST = 3  # such words for the share of known ones to tell
KNOWN = 0.5  # the least share of them that the dictionary of the language has; of other languages some 0.2 are known
_OTHER = {"ru": "uk", "uk": "ru"}


def other_language(sentence: Sentence, given: AskInput) -> str | None:
    """The reason to drop a sentence in another language than that of the question."""
    text = folded(sentence.text)
    words, names_alone = _own_words(text)
    if not words or _speaks(words, given.language, names_alone):
        return None
    return f"it is not in the language of the question ({given.language})"


def _own_words(text: str) -> tuple[list[str], bool]:
    """(the words that tell the language, whether they are names alone): no quoted ones, no names if others are left."""
    outside = _WORD.findall(_QUOTED.sub(" ", text)) or _WORD.findall(text)
    plain = [word for place, word in enumerate(outside) if word.islower() or (place == 0 and word.istitle())]
    some_plain = any(word.islower() for word in plain)
    return [normal(word) for word in (plain if some_plain else outside)], not some_plain


def _speaks(words: Sequence[str], language: str, names_alone: bool) -> bool:
    script, foreign = (LATIN, CYRILLIC) if language == "en" else (CYRILLIC, LATIN)
    ours = [word for word in words if script.search(word)]
    others = [word for word in words if not script.search(word)]
    alien = sum(word in FUNCTION["en"] for word in others if foreign is LATIN)
    if not ours or len(others) + alien > len(ours):
        return False
    if any(FOREIGN_CYRILLIC.search(word) for word in ours) and language != "en":
        return False
    return _is_english(ours, names_alone) if language == "en" else _is_of(ours, language)


def _is_english(words: Sequence[str], names_alone: bool) -> bool:
    ours = sum(word in FUNCTION["en"] for word in words)
    theirs = sum(word in OTHERS or FOREIGN_LATIN.search(word) is not None for word in words)
    return theirs <= ours and (names_alone or _is_known(words, "en"))


def _is_of(words: Sequence[str], language: str) -> bool:
    """Russian or Ukrainian: letters and function words tell, and the dictionaries where they do not."""
    other = _OTHER[language]
    ours, theirs = _evidence(words, language, other), _evidence(words, other, language)
    alien = sum(word in OTHERS for word in words)
    if theirs > ours or alien > ours:
        return False
    if ours == theirs and any(len(word) >= SHORTEST for word in words):
        return _share(words, language) >= _share(words, other)
    return _is_known(words, language)


def _evidence(words: Sequence[str], language: str, other: str) -> int:
    """Words of the language alone: by a letter or as a function word."""
    own = FUNCTION[language] - FUNCTION[other]
    return sum(LETTERS[language].search(word) is not None or word in own for word in words)


def _is_known(words: Sequence[str], language: str) -> bool:
    return len(_long(words)) < FEWEST or _share(words, language) >= KNOWN


def _share(words: Sequence[str], language: str) -> float:
    """The share of long words that the dictionary of the language has; 1 without any."""
    long = _long(words)
    parts = [all(is_known(part, language) for part in word.split("-")) for word in long]
    return sum(parts) / len(parts) if parts else 1.0


def _long(words: Sequence[str]) -> list[str]:
    return [word for word in words if len(word) >= SHORTEST]

"""Counts the words of a question in a text, quickly: by their beginnings, in either script, without dictionaries."""

from __future__ import annotations

import re
from collections.abc import Callable

from app.domain.spelling import normal
from app.domain.transliteration import skeleton

Likeness = Callable[[str], int]

SHORTEST = 4  # letters of a word: shorter ones are prepositions and pronouns
ENDING = 2  # letters that inflection changes; three of a long word
LONG = 8

_TOKEN = re.compile(r"\d+|[^\W\d_]+")


def likeness(question: str) -> Likeness:
    """A function that counts the different words and numbers of the question in a text."""
    stems = {_stem(word) for word in _TOKEN.findall(normal(question)) if word.isdigit() or len(word) >= SHORTEST}
    if not stems:
        return lambda text: 0
    pattern = re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, sorted(stems, key=len, reverse=True)))})")
    return lambda text: len(set(pattern.findall(skeleton(normal(text)))))


def _stem(word: str) -> str:
    """The beginning of the word, as it sounds, without the vowels that the next letter of a form may change."""
    if word.isdigit():
        return word
    ending = ENDING + (len(word) > LONG)
    heard = skeleton(word[: max(SHORTEST, len(word) - ending)])
    return heard.rstrip("aeiou") or heard

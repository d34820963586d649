"""The key under which a name of either script is compared: as it sounds, with the doubled n that tells Иванна."""

from __future__ import annotations

import re
from functools import lru_cache

from app.domain.ask.namings.declension import nominatives
from app.domain.transliteration import FOLDS, SOFT_C, latin

_DOUBLED = re.compile(r"([^n\W])\1+")
_FOLDS = FOLDS[:-1]  # the last one makes one letter of two: Ivanna would be Ivana, which Ивана (of Иван) is too


@lru_cache(maxsize=16384)
def keys(word: str) -> frozenset[str]:
    """The keys of a word, in the form of `spelling.normal`, for all nominatives that it may have."""
    return frozenset(key for form in nominatives(word) for key in _keys(form))


def _keys(form: str) -> tuple[str, ...]:
    plain = latin(form)
    return tuple(map(_key, (plain, SOFT_C.sub("ts", plain)))) if form.isascii() else (_key(plain),)


def _key(plain: str) -> str:
    for pattern, by in _FOLDS:
        plain = pattern.sub(by, plain)
    # г is g in Russian and h in Ukrainian, х is h: Harry is Гарри.
    return _DOUBLED.sub(r"\1", plain).replace("g", "h")


@lru_cache(maxsize=16384)
def first_sound(word: str) -> str:
    """The first sign of a word's key: words that differ in it are not compared any further."""
    return _key(latin(word))[:1].replace("c", "k").replace("s", "k")

"""Tells the language of a question by its letters, and by words where letters do not tell."""

from __future__ import annotations

import re

from app.domain.spelling import normal

_CYRILLIC = re.compile("[Ѐ-ԯ]")
_LATIN = re.compile("[a-z]")
_UKRAINIAN = re.compile("[ґєії]")
_RUSSIAN = re.compile("[ыэъ]")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
# Words of questions that Russian lacks or hardly has in questions, spelled with letters that both languages have.
_UKRAINIAN_WORDS = (
    "де та чи хто що як яка яке яку чому коли куди котра котрий треба або але бо вже ще цей ця це перший чий"
)
UKRAINIAN_WORDS = frozenset(_UKRAINIAN_WORDS.split())
_ENGLISH_WORDS = "a an the is are was were did do does what when where who why how which of in on at to for and"
ENGLISH_WORDS = frozenset(_ENGLISH_WORDS.split())


def language_of(question: str) -> str:
    """ru, en or uk. Cyrillic letters outweigh Latin ones, which names of firms and places have in all three.

    Without any letter, or with those of other scripts alone: ru, the language of most of the posts.
    """
    text = normal(question)
    words = _WORD.findall(text)
    cyrillic = [word for word in words if _CYRILLIC.search(word)]
    if not cyrillic or _mostly_latin(words, cyrillic):
        return "en" if _LATIN.search(text) else "ru"
    return "uk" if _is_ukrainian(text, cyrillic) else "ru"


def _mostly_latin(words: list[str], cyrillic: list[str]) -> bool:
    """Whether Cyrillic words are names in an English question: at most a third, and English words around them."""
    english = sum(word in ENGLISH_WORDS for word in words)
    return english > 0 and 3 * len(cyrillic) <= len(words)


def _is_ukrainian(text: str, words: list[str]) -> bool:
    if _RUSSIAN.search(text):
        return len(_UKRAINIAN.findall(text)) > len(_RUSSIAN.findall(text))
    return _UKRAINIAN.search(text) is not None or any(word in UKRAINIAN_WORDS for word in words)

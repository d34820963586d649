"""Finds the sentences of a paragraph: sentencex with the abbreviations of addresses and prices that it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from app.domain.ask.lines import Range

# Characters of a paragraph that are looked at together: sentencex takes time by the square of unpaired quotes, .1 s for
# as many of them, 3 s for a whole document of 100,000.
PARAGRAPH = 10_000

_UKRAINIAN = re.compile("[ґєії]", re.IGNORECASE)
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_UNPRINTED = re.compile("[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029\ud800-\udfff]")
_LAST_TOKEN = re.compile(r"(?:^|[\s(«\"„])([^\W\d_][\w.-]{0,5})\.\s*$")
# Ends that are none: a dot without white space behind it (a.com), a dot that leads to a price, the number of an entry.
_INSIDE = re.compile(r"\w\.$|\s\.\s*$|^\s*\d{1,3}[.)]\s*$")
_INITIAL = re.compile(r"(?:^|[\s.(])[A-ZА-ЯЁІЇЄҐ]\.\s*$")
_PLACE = re.compile(r"\s")
# Before a name: no sentence ends behind them. Those of sentencex lack all but some, in Russian `ул` and `пр` alone.
_BEFORE_NAMES = """
    ул пр просп пр-т пр-кт наб пос пл бул б-р пер ш мкр р-н дер с ст м им тов гр св зам нач проф доц акад ред изд см ср
    напр т.е т.к т.н вул просп бульв майд смт ім проф ст див напр т.з
    mr mrs ms dr prof st mt gen sen rep gov rev hon lt sgt capt approx e.g i.e cf vs no fig ave rd
"""
BEFORE_NAMES = frozenset(_BEFORE_NAMES.split())
# Before a number.
_BEFORE_NUMBERS = "д дом корп к стр кв оф эт тел т факс рис табл п гл буд каб ауд постр no tel ext p pp vol"
BEFORE_NUMBERS = frozenset(_BEFORE_NUMBERS.split())


def sentences(text: str, start: int, end: int) -> Iterator[Range]:
    """The ranges of the sentences in a part of the text, in order, which cover it."""
    while start < end:
        stop = _paragraph_end(text, start, end)
        yield from _joined(text, _raw(text, start, stop))
        start = stop


def _paragraph_end(text: str, start: int, end: int) -> int:
    if end - start <= PARAGRAPH:
        return end
    spaces = [found.end() for found in _PLACE.finditer(text, start + PARAGRAPH - 1000, start + PARAGRAPH)]
    return spaces[-1] if spaces else start + PARAGRAPH


def _raw(text: str, start: int, end: int) -> list[Range]:
    """What sentencex finds. A line break inside is a space for it; half a character pair would make it fail."""
    part = _UNPRINTED.sub(" ", text[start:end])
    found = get_sentence_boundaries(language_of_text(part), part)
    return [(start + one["start_index"], start + one["end_index"]) for one in found]


def language_of_text(text: str) -> str:
    """The language whose abbreviations count: uk, ru, or en for all without Cyrillic letters."""
    if _UKRAINIAN.search(text):
        return "uk"
    return "ru" if _CYRILLIC.search(text) else "en"


def _joined(text: str, found: list[Range]) -> Iterator[Range]:
    current: Range | None = None
    for one in found:
        if current and _goes_on(text[slice(*current)], text[slice(*one)]):
            current = (current[0], one[1])
            continue
        if current:
            yield current
        current = one
    if current:
        yield current


def _goes_on(before: str, after: str) -> bool:
    """Whether the border between them is none: in an address, behind an abbreviation, or before a small letter.

    Writers who begin no sentence with a capital have borders before small letters; their first letter shows them.
    """
    first = _first_letter(after)
    token = _LAST_TOKEN.search(before)
    word = token[1].lower() if token else ""
    if (
        _INSIDE.search(before)
        or (_INITIAL.search(before) and first.isupper())
        or word in BEFORE_NAMES
        or (first.isdigit() and word in BEFORE_NUMBERS)
    ):
        return True
    return first.islower() and not _first_letter(before).islower()


def _first_letter(text: str) -> str:
    return next((letter for letter in text if letter.isalnum()), "")

"""Finds the names of a text: capitals that begin no sentence, acronyms, words of another script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.ask.figures.reader import read
from app.domain.ask.namings.declension import is_common, nominatives
from app.domain.ask.namings.generic import GENERIC, GIVEN, NAMES
from app.domain.ask.namings.ordinary import is_ordinary, without_first
from app.domain.spelling import normal

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_BEGINS = re.compile(r"(?:^|[.!?…\n;]|[:,]\s*[\"«“„'‘(]|[:—–-]\s)[\s\"«“„'‘(\[•*—–-]*$")
_ABBREVIATION = re.compile(r"\b[^\W\d_]{1,3}\.\s*$")
_LATIN = re.compile("[a-z]")
_CYRILLIC = re.compile("[Ѐ-ԯ]")
_SURNAME = re.compile(
    r".{2,}(?:[оеє]в(?:а|у|ым|им|ой|ою|ої|ій|е)?|[иі]н(?:а|у|ым|им|ой|ою|ої|ій)?|енк(?:о|а|у|ом)|чук(?:а|у|ом)?)"
)
STYLED = 0.75  # share of capitalised words from which capitals tell nothing: a headline, or a text that shouts


@dataclass(frozen=True)
class Word:
    """A word. norm: as `spelling.normal` writes it. initial: a capital here may be that of a sentence's beginning."""

    place: int
    start: int
    end: int
    text: str
    norm: str
    initial: bool
    titled: bool  # an opening quotation mark stands in front

    @property
    def is_acronym(self) -> bool:
        """Whether it has capitals alone."""
        return len(self.text) > 1 and self.text.isupper()


@dataclass(frozen=True)
class Text:
    """A text with its words; `lower` has the same places as `plain`."""

    plain: str
    lower: str
    words: tuple[Word, ...]


def parsed(text: str) -> Text:
    """The text without signs that are no letters, and its words."""
    kept = [sign for sign in text if normal(sign)]
    lower = "".join(normal(sign)[0] for sign in kept)
    plain = "".join(sign if sign.lower() == low or sign in "Ёё" else low for sign, low in zip(kept, lower, strict=True))
    words = tuple(
        Word(place, found.start(), found.end(), plain[found.start() : found.end()], found[0], *_marks(plain, found))
        for place, found in enumerate(_WORD.finditer(lower))
    )
    return Text(plain, lower, words)


def _marks(plain: str, found: re.Match[str]) -> tuple[bool, bool]:
    return _begins(plain, found), plain[found.start() - 1 : found.start()] in tuple('«“„"')


def _begins(plain: str, found: re.Match[str]) -> bool:
    before = plain[max(0, found.start() - 12) : found.start()]
    if found.start() > 12:
        return _BEGINS.search("x" + before) is not None and not _ABBREVIATION.search(before)
    return _BEGINS.search(before) is not None and not _ABBREVIATION.search(before)


def names(text: Text) -> list[Word]:
    """The words that name something for certain."""
    taken = [(one.start, one.end) for one in read(text.plain) if one.firm]
    cyrillic = len(_CYRILLIC.findall(text.lower)) > len(_LATIN.findall(text.lower))
    styled = _is_styled(text.words)
    free = [word for word in text.words if not any(start <= word.start < end for start, end in taken)]
    return [word for word in free if _is_name(word, text.words, cyrillic, styled)]


def _is_styled(words: Sequence[Word]) -> bool:
    long = [word for word in words if len(word.text) > 3]
    # Only English has headlines in capitals; other texts shout in whole words.
    capital = [word for word in long if (word.text[0].isupper() if word.text.isascii() else word.is_acronym)]
    return len(long) > 3 and len(capital) >= STYLED * len(long)


def _is_name(word: Word, words: Sequence[Word], cyrillic: bool, styled: bool) -> bool:
    if word.titled and not word.initial and word.text[0].isupper() and not is_ordinary(word.norm):
        return True
    if word.is_acronym and not styled and word.norm not in GENERIC:
        return True
    if len(word.text) < 2 or word.norm in GENERIC or is_ordinary(word.norm):
        return False
    if cyrillic and word.text.isascii() and any(sign.isupper() for sign in word.text):
        return True
    if not word.text[0].isupper():
        return not word.text.islower() and "-" not in word.text  # iPhone
    forms = nominatives(word.norm)
    if forms & GENERIC:
        return False
    if not (word.initial or styled):
        return True
    if forms & NAMES or (_is_before_name(word, words) and forms & GIVEN):
        return True
    return not is_common(word.norm) and not _has_common_parts(word.norm)


def _is_before_name(word: Word, words: Sequence[Word]) -> bool:
    follows = words[word.place + 1 : word.place + 2]
    return bool(follows) and follows[0].text[0].isupper() and not follows[0].initial


def _has_common_parts(norm: str) -> bool:
    rest = without_first(norm)
    return bool(rest and is_common(rest)) or ("-" in norm and all(is_common(part) for part in norm.split("-")))


def surnames(text: Text) -> list[Word]:
    """Words with a capital and an ending of surnames, also those that may be a common word: Сидоров, сидоров."""
    return [word for word in text.words if word.text[0].isupper() and _SURNAME.fullmatch(word.norm)]


def runs(words: Sequence[Word], found: Sequence[Word]) -> Iterator[tuple[Word, Word]]:
    """Names that stand side by side, in pairs."""
    places = {word.place: word for word in found}
    for word in found:
        behind = places.get(word.place + 1)
        if behind and behind.start - word.end == 1:
            yield word, behind

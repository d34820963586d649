"""Finds the words of quotes that are a name of a sentence: by form, sound, translation or initials."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.domain.ask.namings.declension import places
from app.domain.ask.namings.english import heard
from app.domain.ask.namings.ordinary import is_ordinary
from app.domain.ask.namings.reader import Text, Word
from app.domain.ask.namings.sounds import first_sound, keys
from app.domain.ask.namings.translations import rows

_ADJECTIVE = re.compile(r"[сц]ь?к(?:ий|ой|ая|ое|ого|ому|им|ом|ую|ие|их|ими|а|е|ої|ій|у|ою|і)$")
SHORT = 3  # letters: a shorter form counts only in capitals, so that `us` is no country


def same(name: Word, quotes: Text) -> list[Word]:
    """The words of the quotes that are the name, in any form or script."""
    sound, wanted = first_sound(name.norm), keys(name.norm)
    compared = [word for word in quotes.words if not is_ordinary(word.norm) or word.text[0].isupper()]
    return [
        word
        for word in compared
        if word.norm == name.norm
        or (first_sound(word.norm) == sound and (wanted & keys(word.norm) or _is_of(name, word)))
        or _is_heard(name, word)
    ]


def _is_heard(name: Word, word: Word) -> bool:
    """Whether one is English and sounds like the other one, which is Cyrillic and has a capital, too."""
    if name.norm.isascii() == word.norm.isascii() or not word.text[0].isupper() or len(name.norm) < SHORT:
        return False
    latin, cyrillic = (name, word) if name.norm.isascii() else (word, name)
    return any(heard(latin.norm).fullmatch(key) for key in keys(cyrillic.norm))


def _is_of(name: Word, word: Word) -> bool:
    """Whether a word such as киевский is of the place; capitals would make it a surname."""
    return word.text.islower() and any(keys(stem) & keys(name.norm) for stem in places(word.norm))


def in_parts(name: Word, quotes: Text) -> bool:
    """Whether each part of a name with hyphens is a word or a part of a word of the quotes."""
    parts = [part for part in name.norm.split("-") if len(part) > 2]
    words = {part for word in quotes.words for part in word.norm.split("-")}
    sounds = {key for word in words for key in keys(word)} if len(parts) > 1 or "-" in quotes.lower else frozenset()
    return bool(parts) and all(part in words or keys(part) & sounds for part in parts)


def translated(text: Text, quotes: Text) -> Iterator[tuple[int, int, bool]]:
    """(start, end, whether the quotes have it in some language) of each name of the table in the text."""
    for row in rows():
        found = [match for match in row.finditer(text.lower) if _counts(text, match)]
        there = bool(found) and any(_counts(quotes, match) for match in row.finditer(quotes.lower))
        yield from ((*match.span(), there) for match in found if there or _names(text, match))


def _names(text: Text, match: re.Match[str]) -> bool:
    """Whether the word is a name for certain: with a capital, or an adjective such as украинский."""
    return text.plain[match.start()].isupper() or _ADJECTIVE.search(match[0]) is not None


def _counts(text: Text, match: re.Match[str]) -> bool:
    written = text.plain[match.start() : match.end()]
    return len(written) > SHORT or written.isupper()


def by_initials(name: Word, words: Sequence[Word], quotes: Text) -> bool:
    """Whether one text has an acronym and the other one the words that it is made of."""
    if name.is_acronym:
        initials = "".join(word.norm[0] for word in quotes.words if len(word.norm) > 2)
        return len(name.norm) > 1 and name.norm in initials and any(word.text[0].isupper() for word in quotes.words)
    run = _run(name, words)
    return len(run) > 1 and any(word.is_acronym and word.norm == run for word in quotes.words)


def _run(name: Word, words: Sequence[Word]) -> str:
    """The initials of the row of capitalised words that the name stands in."""
    first = last = name.place
    while first and (words[first - 1].text[0].isupper() or len(words[first - 1].text) < 4):
        first -= 1
    while last + 1 < len(words) and (words[last + 1].text[0].isupper() or words[last + 1].text in ("of", "and", "the")):
        last += 1
    return "".join(word.norm[0] for word in words[first : last + 1] if word.text[0].isupper())

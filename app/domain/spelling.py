"""Decides which word a person meant that no document has.

A word is what `words_of` finds: of the same form in documents and in queries.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.domain.transliteration import latin, layouts, skeletons

SURE = 1_000_000  # documents of a word: enough for every rule
SHORTEST, LONGEST = 3, 40  # letters of a word to correct to
LONGEST_VARIED = 16  # letters: a longer word has a thousand variants, and many trigrams to be found by
APART = 9  # letters of a word that may differ in two edits

# Letters that are written in several ways: curly apostrophes and hyphens that do not break a line. Invisible signs and
# stress marks, which dictionaries put over Russian vowels, are no letters.
_SIGNS = str.maketrans(
    {"ё": "е", "’": "'", "ʼ": "'", "‘": "'", "‑": "-", **dict.fromkeys("\xad\u200b\u200c\u200d\u0300\u0301")}
)
_ADDRESS = re.compile(r"@|://|[a-z0-9]\.[a-z]{2}")  # user names, mail, links, bare domains, names of files
_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
_TOKEN = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


class Script(StrEnum):
    """The letters of a word."""

    LATIN = "latin"
    CYRILLIC = "cyrillic"
    OTHER = "other"  # or several


class Why(StrEnum):
    """How a word became another one. In this order of trust."""

    LAYOUT = "layout"
    TYPO = "typo"
    TRANSLITERATION = "transliteration"


@dataclass(frozen=True)
class Rule:
    """What a correction of words from this length on needs. documents: that have the word to correct to."""

    letters: int
    edits: int
    same_first: bool = False
    documents: int = 1


# The longest length that the word has counts. A shorter word is never corrected.
TYPOS = {
    Script.LATIN: (Rule(4, 1, same_first=True), Rule(6, 1), Rule(APART, 2)),
    Script.CYRILLIC: (Rule(4, 1, same_first=True), Rule(6, 1), Rule(APART, 2)),
    Script.OTHER: (Rule(6, 1, same_first=True, documents=2),),
}
# No edit. Three letters give a word on any layout by chance.
EXACT = (Rule(3, 0, documents=3), Rule(4, 0))
SOUNDS = (Rule(4, 0),)

ALPHABETS = {
    Script.LATIN: "abcdefghijklmnopqrstuvwxyzäöüßéèêçñ'-",
    Script.CYRILLIC: "абвгдежзийклмнопрстуфхцчшщъыьэюяґєіїў'-",
    Script.OTHER: "",
}
_SCRIPTS = {Script.LATIN: re.compile("[a-zß-ɏ'-]+"), Script.CYRILLIC: re.compile("[Ѐ-ԯ'-]+")}
# Letters that only one of the languages has.
_LANGUAGES = (("uk", re.compile("[ґєії]")), ("ru", re.compile("[ыэъ]")))


@dataclass(frozen=True)
class Candidate:
    """A word of the documents. documents: how many have it."""

    word: str
    documents: int


@dataclass(frozen=True)
class Choice:
    """The word that was meant."""

    word: str
    why: Why


def normal(text: str) -> str:
    """The text as words are compared: NFC, small letters, ё as е, one form of apostrophe and hyphen.

    Small letters, not casefold: full text has `straße`, and `strasse` would not find it.
    """
    return unicodedata.normalize("NFC", text).lower().translate(_SIGNS)


def word_forms(typed: str) -> tuple[str, ...]:
    """The forms of a query's word, at most two: as typed, and without the punctuation around it.

    As typed first: on the other layout a comma is a letter.
    """
    form = normal(typed)
    bare = _AROUND.sub("", form)
    return (form,) if bare == form else (form, bare)


def words_of(*fields: str) -> frozenset[str]:
    """The words of a document that a query may be corrected to.

    Letters with apostrophes and hyphens between them; of a word with hyphens also its parts. Addresses, user names and
    whatever has a digit (numbers, hashes) are none, nor are words of less than SHORTEST or more than LONGEST letters.
    """
    tokens = {token for field in fields for token in _tokens(normal(field))}
    parts = [part for token in tokens if "-" in token for part in token.split("-")]
    return frozenset(filter(is_word, tokens.union(parts)))


def _tokens(text: str) -> Iterator[str]:
    """The text between white space is an address as a whole or not at all: no expression looks further than that."""
    if not _ADDRESS.search(text):
        yield from _TOKEN.findall(text)
        return
    for chunk in text.split():
        if not _ADDRESS.search(chunk):
            yield from _TOKEN.findall(chunk)


def is_word(token: str) -> bool:
    """Whether documents keep the token, which is in the form of `normal`, as a word to correct to."""
    return SHORTEST <= len(token) <= LONGEST and _WORD.fullmatch(token) is not None


def is_correctable(word: str) -> bool:
    """Whether a query's word may be corrected at all. A word with a digit never is.

    Other signs are allowed: on the other layout some keys of letters are commas and brackets.
    """
    return SHORTEST <= len(word) <= LONGEST and not any(sign.isdigit() or sign.isspace() for sign in word)


def script(word: str) -> Script:
    """The script of a word in the form of `normal`."""
    return next((name for name, letters in _SCRIPTS.items() if letters.fullmatch(word)), Script.OTHER)


def language(word: str) -> str | None:
    """The language that alone has a letter of the word: uk, ru, or None if several may have the word."""
    return next((name for name, letters in _LANGUAGES if letters.search(word)), None)


def variants(word: str) -> Iterator[str]:
    """The words that are one edit away, without doubles of the word itself: at most some 1,300."""
    alphabet = ALPHABETS[script(word)]
    if len(word) > LONGEST_VARIED:
        return
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield from (before + letter + after for letter in alphabet)
        yield from (before + letter + after[1:] for letter in alphabet if after and letter != after[0])
        if after:
            yield before + after[1:]
        if len(after) > 1 and after[0] != after[1]:
            yield before + after[1] + after[0] + after[2:]


def is_apart(word: str) -> bool:
    """Whether the word is to be found by trigrams: its variants of one edit are not all that it may become."""
    rule = _rule(TYPOS[script(word)], word)
    return rule is not None and (rule.edits > 1 or script(word) is Script.OTHER)


def similarity(word: str) -> float:
    """The least share of trigrams, of all that both words have, to look for; a lower one takes too long.

    A word has a trigram more than letters. A changed letter takes three of them from both words, a swap four.
    """
    return max(0.25, (len(word) - 6) / (len(word) + 8) - 0.01)  # for rounding


def choose(word: str, candidates: Iterable[Candidate]) -> Choice | None:
    """The word that was meant by one that no document has; None without enough evidence.

    Words that sound the same are nearer than any edit. Then the fewest edits win, the more trusted reason, the more
    documents, the alphabet.
    """
    judged = [rank for one in candidates if (rank := _judged(word, one)) is not None]
    if not judged:
        return None
    _, why, *_, meant = min(judged)
    return Choice(meant, tuple(Why)[why])


def sounds_like(word: str, other: str) -> bool:
    """Whether a word of documents sounds like the one of a query."""
    return skeletons(other)[0] in skeletons(word)


def _judged(word: str, one: Candidate) -> tuple[int, int, int, int, str] | None:
    """(edits that are heard, place of the reason, edits, -documents, word): the least is the best. None: too little."""
    if one.word in layouts(word) and _enough(_rule(EXACT, word), one):
        return _rank(0, Why.LAYOUT, 0, one)
    sounds = sounds_like(word, one.word)
    if script(word) is not script(one.word):
        found = edits(latin(word), latin(one.word))
        return _rank(0, Why.TRANSLITERATION, found, one) if sounds and _enough(_rule(SOUNDS, word), one) else None
    rule = _rule(TYPOS[script(word)], word)
    if rule is None or not _enough(rule, one) or (rule.same_first and word[0] != one.word[0]):
        return None
    found = edits(word, one.word, rule.edits)
    return _rank(0 if sounds else found, Why.TYPO, found, one) if found <= rule.edits else None


def _rank(heard: int, why: Why, found: int, one: Candidate) -> tuple[int, int, int, int, str]:
    return heard, tuple(Why).index(why), found, -one.documents, one.word


def _rule(rules: Iterable[Rule], word: str) -> Rule | None:
    return next((rule for rule in reversed(tuple(rules)) if len(word) >= rule.letters), None)


def _enough(rule: Rule | None, one: Candidate) -> bool:
    return rule is not None and one.documents >= rule.documents


def edits(one: str, other: str, most: int = LONGEST) -> int:
    """How many letters to add, remove, change or swap with their neighbour (Damerau, each place once).

    More than `most` may be any number above it.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before, row = [0] * (len(other) + 1), list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        earlier, before, row = before, row, [i] + [0] * len(other)
        for j, its in enumerate(other, start=1):
            row[j] = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != its))
            if i > 1 and j > 1 and letter == other[j - 2] and its == one[i - 2]:
                row[j] = min(row[j], earlier[j - 2] + 1)
    return row[-1]

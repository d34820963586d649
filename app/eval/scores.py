"""Scores: pure functions of the expected and the found results."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

# One sign for all forms that readers take for one: the form of quotes and dashes is a matter of fonts.
_SIGNS = str.maketrans({**dict.fromkeys("«»“”„‟″", '"'), **dict.fromkeys("‘’‚′`", "'"), **dict.fromkeys("–—‒−‐‑", "-")})


def normalised(text: str) -> str:
    """NFKC, quotes and dashes of one form, white space collapsed. Case and ё count."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_SIGNS).split())


def distance(found: str, expected: str) -> int:
    """Levenshtein: the fewest insertions, deletions and substitutions of a character.

    Wagner-Fischer, a row at a time: after deletions and substitutions, insertions along the row are a running minimum.
    """
    if not found or not expected:
        return len(found) + len(expected)
    steps = np.arange(len(expected) + 1)
    letters = np.array([ord(letter) for letter in expected])
    row = steps.copy()
    for letter in map(ord, found):
        best = row + 1
        best[1:] = np.minimum(best[1:], row[:-1] + (letters != letter))
        row = np.minimum.accumulate(best - steps) + steps
    return int(row[-1])


@dataclass(frozen=True)
class Errors:
    """Character errors of one picture, or the sum over several. pictures: with text."""

    wrong: int = 0  # distance of the normalised texts, where there is one order to read in
    letters: int = 0  # of the normalised expected text, likewise
    words_found: int = 0
    words: int = 0
    pictures: int = 0

    def __add__(self, other: Errors) -> Errors:
        return Errors(
            self.wrong + other.wrong,
            self.letters + other.letters,
            self.words_found + other.words_found,
            self.words + other.words,
            self.pictures + other.pictures,
        )

    @property
    def rate(self) -> float | None:
        """CER: wrong / letters, so long texts weigh more. Above 1 if a reading invents more than is there."""
        return self.wrong / self.letters if self.letters else None

    @property
    def recall(self) -> float | None:
        """The share of words that were found letter by letter (ignoring case) anywhere: blind to the reading order."""
        return self.words_found / self.words if self.words else None


def text_errors(found: str, expected: str, *, ordered: bool = True) -> Errors:
    """The errors of one picture whose text is `expected`, which is not empty.

    ordered: whether the text has a single reading order; of a chart only the words count.
    """
    said, there = normalised(found), normalised(expected)
    known, wanted = Counter(_words(said)), Counter(_words(there))
    hits = (known & wanted).total()
    letters = (distance(said, there), len(there)) if ordered else (0, 0)
    return Errors(*letters, hits, wanted.total(), 1)


def _words(text: str) -> list[str]:
    """Runs of letters and figures, in lower case."""
    return "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()


def summed(errors: Iterable[Errors]) -> Errors:
    """The errors of several pictures as one."""
    return sum(errors, Errors())


@dataclass(frozen=True)
class Invented:
    """Text that was read in pictures without text."""

    pictures: int
    with_text: int
    characters: int  # normalised


def invented(texts: Sequence[str]) -> Invented:
    """Counts invented text. texts: the readings of pictures without text."""
    lengths = [len(normalised(text)) for text in texts]
    return Invented(len(lengths), sum(length > 0 for length in lengths), sum(lengths))


Confusion = Counter[tuple[str, str]]
"""How often each (expected, found) occurred."""


def accuracy(pairs: Confusion) -> float | None:
    """The share of pairs that agree; None without any."""
    return (
        sum(count for (expected, found), count in pairs.items() if expected == found) / total
        if (total := pairs.total())
        else None
    )


@dataclass(frozen=True)
class TagScore:
    """The score of one post, or the sum over several: micro precision, recall and F1."""

    hits: int = 0  # reference tags that were given, in any synonym
    given: int = 0  # tags that were given, without those that are merely allowed
    wanted: int = 0  # reference tags
    posts: int = 0

    def __add__(self, other: TagScore) -> TagScore:
        return TagScore(
            self.hits + other.hits, self.given + other.given, self.wanted + other.wanted, self.posts + other.posts
        )

    @property
    def precision(self) -> float | None:
        """hits / given."""
        return self.hits / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        """hits / wanted."""
        return self.hits / self.wanted if self.wanted else None

    @property
    def f1(self) -> float | None:
        """Their harmonic mean, 2 hits / (given + wanted)."""
        return 2 * self.hits / (self.given + self.wanted) if self.given + self.wanted else None


def tag_score(given: Iterable[str], wanted: Sequence[Collection[str]], allowed: Collection[str] = ()) -> TagScore:
    """Scores the tags of one post. wanted: the synonyms of each reference tag, no tag in two of them. allowed: tags
    that are neither right nor wrong. A second synonym of the same tag counts as wrong."""
    tags = set(given)
    hits = sum(bool(tags & set(synonyms)) for synonyms in wanted)
    named = set().union(*wanted)
    return TagScore(hits, len(tags - (set(allowed) - named)), len(wanted), 1)

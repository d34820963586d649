"""Finds given terms in a text, in any of their grammatical forms."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from app.adapters.tagger.morphology import Kind, analyse, surname
from app.domain.tags import fold

Forms = frozenset[str]

_WORD = re.compile(r"[^\W_][^\W_]*(?:[-.'’&+]+[^\W_]+)*\+*")  # нью-йорк, node.js, r&d, c++
_BREAK = re.compile(r"[.!?;:,…]+(?:\s|$)|[\r\n]+")  # a term does not extend across it


class Terms:
    """Terms of one or more words -> names. Two forms of a word are the same if they share a dictionary form."""

    def __init__(self, meanings: Mapping[str, str]) -> None:
        """meanings: term (normalised) -> its name."""
        self._starts: defaultdict[str, list[tuple[Sequence[Forms], str, str]]] = defaultdict(list)
        for term, name in sorted(meanings.items()):
            phrase = [_own_forms(fold(word)) for word in term.split()]
            for form in phrase[0]:
                self._starts[form].append((phrase, term, name))

    def within(self, texts: Iterable[str]) -> list[str]:
        """The names whose terms occur in the texts, the most frequent first, then by place.

        Of terms that begin with the same word, the longest counts; a word counts for one term only.
        """
        counts: Counter[str] = Counter()
        for text in texts:
            for piece in _BREAK.split(unicodedata.normalize("NFKC", text)):
                counts.update(self._named(_WORD.findall(piece)))
        return [name for name, _ in counts.most_common()]  # equal counts stay in order of appearance

    def name(self, tag: str) -> str | None:
        """The name for a whole tag, or None."""
        words = tag.split()
        found = self._longest(words)
        return found[1] if found and found[0] == len(words) else None

    def _named(self, words: list[str]) -> Iterator[str]:
        at = 0
        while at < len(words):
            found = self._longest(words, at)
            if found:
                yield found[1]
            at += found[0] if found else 1

    def _longest(self, words: Sequence[str], at: int = 0) -> tuple[int, str] | None:
        """(number of words, name) of the longest term at this place."""
        begun = [one for form in _forms(words[at], at > 0) for one in self._starts.get(form, ())]
        fitting = [(len(phrase), term, name) for phrase, term, name in begun if _stands(words, at, phrase)]
        if not fitting:
            return None
        length = max(length for length, _, _ in fitting)
        said = fold(" ".join(words[at : at + length]))
        # стали is a form of сталь and of стать: the term as written comes first, then the alphabetical order.
        _, name = min((term != said, name) for size, term, name in fitting if size == length)
        return length, name


def _stands(words: Sequence[str], at: int, phrase: Sequence[Forms]) -> bool:
    there = list(enumerate(words[at : at + len(phrase)], start=at))
    return len(there) == len(phrase) and all(
        one & _forms(word, place > 0) for one, (place, word) in zip(phrase, there, strict=True)
    )


@lru_cache(maxsize=65536)
def _forms(surface: str, inside: bool = False) -> Forms:
    """A word of a text and its dictionary forms, folded. inside: its capital does not come from its place."""
    folded, word = fold(surface), analyse(surface)
    if word.kind is Kind.NAME:
        return frozenset({folded, word.lemma})
    if inside and surface[0].isupper() and not word.known:  # Капризова is no form of каприз
        return frozenset({folded, surname(surface) or folded})
    return frozenset({folded, word.lemma, analyse(folded).lemma})


def _own_forms(word: str) -> Forms:
    """The forms of a word of a term, in lower case: ростов is the city, not growth, if the dictionary has the name."""
    name = analyse(word.capitalize())
    return frozenset({word} if name.kind is Kind.NAME and name.lemma == word else {word, analyse(word).lemma})

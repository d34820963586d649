"""Finds which words of a question are said where: by form, by sound, and by the meaning of single words."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from app.domain.ask.terms import Term, worth

Words = Callable[[str, str], float]  # the cosine of two dictionary forms; 0 without an embedder

# The multilingual embedder has market and рынок at .95, blaze and огонь at .67, and unrelated words (собака, погода) at
# .2 to .45, measured on 35 pairs of the half `tune`. The most that such a likeness counts is less than the same word.
FAR, SAME, MOST = 0.5, 0.9, 0.8


class Matches:
    """The words of a question against those of spans; a value is from 0 (not said) to 1."""

    def __init__(self, asked: Iterable[Term], said: Sequence[Sequence[Term]], words: Words) -> None:
        self.asked = tuple(dict.fromkeys(asked))
        self._said = said
        self._words = words
        self._values: dict[Term, tuple[float, ...]] = {}

    def _row(self, said: Term) -> tuple[float, ...]:
        if said not in self._values:
            self._values[said] = tuple(self._worth(one, said) for one in self.asked)
        return self._values[said]

    def _worth(self, asked: Term, said: Term) -> float:
        found = worth(asked, said)
        if found == 1 or asked.is_number or said.is_number:
            return found
        near = (self._words(asked.lemma, said.lemma) - FAR) / (SAME - FAR)
        return max(found, MOST * min(1.0, max(0.0, near)))

    def found(self, places: Iterable[int]) -> tuple[float, ...]:
        """How well these spans together say each word of the question, in its order."""
        rows = [self._row(term) for place in places for term in self._said[place]]
        return tuple(map(max, zip(*rows, strict=True))) if rows else (0.0,) * len(self.asked)

    @cached_property
    def weights(self) -> tuple[float, ...]:
        """The rarity of each word of the question among the spans, 1 in total: one that no span says weighs most."""
        found = [self.found([place]) for place in range(len(self._said))]
        count = [sum(column) for column in zip(*found, strict=True)] if found else [0.0] * len(self.asked)
        rare = [math.log(1 + len(self._said) / (0.5 + one)) for one in count]
        return tuple(one / (sum(rare) or 1.0) for one in rare)

    def share(self, places: Iterable[int]) -> float:
        """The share of the question that these spans say."""
        return sum(map(float.__mul__, self.weights, self.found(places)))


def lemmas(question: Iterable[Term], said: Iterable[Sequence[Term]]) -> list[str]:
    """The dictionary forms that `Words` is asked for, each once."""
    every = (term for some in (question, *said) for term in some)
    return list(dict.fromkeys(term.lemma for term in every if not term.is_number))

"""Answers without a model that writes: each sentence of the answer is a span of a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.adapters.tagger.code_hash import code_hash
from app.domain.ask import choice, evidence, features, matches, stop_words, terms, wanted, weights
from app.domain.ask.answer import AskInput, Draft
from app.domain.ask.choice import LEAST, Choice, choose
from app.domain.ask.features import Near, windows
from app.domain.ask.matches import lemmas
from app.ports import Embedder

SOURCES = (choice, evidence, features, matches, stop_words, terms, wanted, weights)  # that decide on an answer


class Extractive:
    """Port Answerer: chooses spans by their words and, with an embedder, by their meaning.

    Gives the same answer to the same input. Safe to share by threads, as its embedder is.
    """

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder

    @cached_property
    def version(self) -> str:
        """extractive-<hash of the code that chooses>, with the name of the embedder, if any."""
        code = code_hash(Path(module.__file__) for module in SOURCES if module.__file__)
        return f"extractive-{code}" + (f"-{self._embedder.name}" if self._embedder else "")

    def answer(self, given: AskInput) -> Draft:
        """The answer; each sentence quotes whole spans."""
        return Draft(self.answer_with(given).sentences)

    def answer_with(self, given: AskInput, least: float = LEAST) -> Choice:
        """The answer and its confidence; `least` is the confidence from which on there is one."""
        return choose(given, self._near(given), least)

    def _near(self, given: AskInput) -> Near:
        """Embeds the question, the spans with their context, and single words, in one call."""
        if self._embedder is None or not given.spans:
            return Near([None] * len(given.spans), lambda asked, said: 0.0)
        asked = terms.terms(given.question, given.language)
        words = lemmas(asked, [terms.terms(span.text) for span in given.spans])
        texts = windows(given.spans)
        vectors = np.asarray(self._embedder.embed([given.question, *texts, *words]))
        near = (vectors[1 : 1 + len(texts)] @ vectors[0]).tolist()
        return Near(near, _Words(words, vectors[1 + len(texts) :], [one.lemma for one in asked]))


class _Words:
    """The cosines of the question's words with all others."""

    def __init__(self, words: Sequence[str], vectors: NDArray[np.float64], asked: Sequence[str]) -> None:
        self._places: Mapping[str, int] = {word: place for place, word in enumerate(words)}
        self._rows = {word: vectors @ vectors[self._places[word]] for word in asked if word in self._places}

    def __call__(self, asked: str, said: str) -> float:
        row = self._rows.get(asked)
        return 0.0 if row is None or said not in self._places else float(row[self._places[said]])

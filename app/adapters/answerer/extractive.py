"""Answers without a model that writes: each sentence of the answer is a span of a post."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.adapters.tagger.code_hash import code_hash
from app.domain.ask import choice, evidence, features, matches, stop_words, terms, wanted, weights
from app.domain.ask.answer import AskInput, Draft
from app.domain.ask.choice import LEAST, Choice, choose
from app.domain.ask.features import Near, posts, windows
from app.domain.ask.matches import lemmas
from app.ports import Embedder, SpanScorer

SOURCES = (choice, evidence, features, matches, stop_words, terms, wanted, weights)  # that decide on an answer


class Extractive:
    """Port Answerer: chooses spans by a scorer that reads them, by their words and, with an embedder, by their meaning.

    Gives the same answer to the same input. Safe to share by threads, as its scorer and embedder are.
    """

    def __init__(self, scorer: SpanScorer, embedder: Embedder | None) -> None:
        self._scorer = scorer
        self._embedder = embedder

    @cached_property
    def version(self) -> str:
        """extractive-<hash of the code that chooses>, with the names of the scorer and of the embedder, if any."""
        code = code_hash(Path(module.__file__) for module in SOURCES if module.__file__)
        return f"extractive-{code}-{self._scorer.name}" + (f"-{self._embedder.name}" if self._embedder else "")

    def answer(self, given: AskInput) -> Draft:
        """The answer; each sentence quotes whole spans."""
        return Draft(self.answer_with(given).sentences)

    def answer_with(self, given: AskInput, least: float = LEAST) -> Choice:
        """The answer and its confidence; `least` is the confidence from which on there is one."""
        if not any(map(str.isalnum, given.question)):
            return Choice((), 0.0)  # asks nothing; a score of nothing tells nothing
        return choose(given, self._near(given), least)

    def features(self, given: AskInput) -> list[features.Features]:
        """The features of each span, in order: for the fit of the weights."""
        return features.features(given, self._near(given))

    def _scores(self, given: AskInput) -> list[float]:
        """The score of each span, in order; the scorer reads each post whole."""
        places = posts(given.spans)
        found = self._scorer.score(given.question, [[given.spans[place].text for place in post] for post in places])
        scores = dict(zip(chain.from_iterable(places), chain.from_iterable(found), strict=True))
        return [scores[place] for place in range(len(given.spans))]

    def _near(self, given: AskInput) -> Near:
        """Embeds the question, the spans with their context, and single words, in one call."""
        scores = self._scores(given)
        if self._embedder is None or not given.spans:
            return Near([None] * len(given.spans), lambda asked, said: 0.0, scores)
        asked = terms.terms(given.question, given.language)
        words = lemmas(asked, [terms.terms(span.text) for span in given.spans])
        texts = windows(given.spans)
        vectors = np.asarray(self._embedder.embed([given.question, *texts, *words]))
        near = (vectors[1 : 1 + len(texts)] @ vectors[0]).tolist()
        return Near(near, _Words(words, vectors[1 + len(texts) :], [one.lemma for one in asked]), scores)


class _Words:
    """The cosines of the question's words with all others."""

    def __init__(self, words: Sequence[str], vectors: NDArray[np.float64], asked: Sequence[str]) -> None:
        self._places: Mapping[str, int] = {word: place for place, word in enumerate(words)}
        self._rows = {word: vectors @ vectors[self._places[word]] for word in asked if word in self._places}

    def __call__(self, asked: str, said: str) -> float:
        row = self._rows.get(asked)
        return 0.0 if row is None or said not in self._places else float(row[self._places[said]])

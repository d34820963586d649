"""Answers without a model that writes: each sentence of the answer is a span of a post."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np

from app.adapters.tagger.code_hash import code_hash
from app.domain.ask import choice, evidence, features, terms, wanted
from app.domain.ask.answer import AskInput, Draft
from app.domain.ask.choice import LEAST, Choice, choose
from app.domain.ask.features import Near
from app.ports import Embedder

SOURCES = (choice, evidence, features, terms, wanted)


class Extractive:
    """Port Answerer: chooses spans by their words and, with an embedder, by their meaning; the same input, the same answer."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder

    @cached_property
    def version(self) -> str:
        """extractive-<hash of the code that chooses>-<embedder>."""
        code = code_hash(Path(module.__file__) for module in SOURCES if module.__file__)
        return f"extractive-{code}" + (f"-{self._embedder.name}" if self._embedder else "")

    def answer(self, given: AskInput) -> Draft:
        """The answer; each sentence quotes whole spans."""
        return Draft(self.answer_with(given).sentences)

    def answer_with(self, given: AskInput, least: float = LEAST) -> Choice:
        """The answer and its confidence; `least` is the confidence from which on there is one."""
        return choose(given, self._near(given), least)

    def _near(self, given: AskInput) -> Near:
        if self._embedder is None or not given.spans:
            return [None] * len(given.spans)
        vectors = np.asarray(self._embedder.embed([given.question, *(span.text for span in given.spans)]))
        return [float(near) for near in vectors[1:] @ vectors[0]]

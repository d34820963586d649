"""Checks the sentences of an answerer in code, before anything is stored: the port CheckedAnswerer on any answerer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.domain.ask.answer import Answer, AskInput
from app.domain.ask.judge import judge
from app.domain.reading import RawAnswer
from app.ports import Answerer, Embedder, PaidAnswerer


class Nearness:
    """Cosines of pairs of texts by an embedder; None for each without one."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> Sequence[float | None]:
        """One cosine for each pair, in one call of the embedder."""
        if self._embedder is None or not pairs:
            return [None] * len(pairs)
        vectors = self._embedder.embed([text for pair in pairs for text in pair])
        return [
            sum(a * b for a, b in zip(left, right, strict=True))
            for left, right in zip(vectors[::2], vectors[1::2], strict=True)
        ]


class Checked:
    """An answerer without payment, whose sentences are spans of posts."""

    def __init__(self, answerer: Answerer, embedder: Embedder | None) -> None:
        self._answerer, self._nearness = answerer, Nearness(embedder)

    @property
    def version(self) -> str:
        """The version of the answerer."""
        return self._answerer.version

    def answer(self, given: AskInput) -> Answer:
        """The answer, each sentence with its verdict."""
        return judge(self._answerer.answer(given), given, self._nearness, extractive=True)


class CheckedModel:
    """A paid model whose sentences are checked when its answer is interpreted; the ports of both."""

    def __init__(self, model: PaidAnswerer, embedder: Embedder | None) -> None:
        self._model, self._nearness = model, Nearness(embedder)

    @property
    def version(self) -> str:
        """The version of the answerer."""
        return self._model.version

    @property
    def provider(self) -> str:
        """See PaidModel, as all below."""
        return self._model.provider

    @property
    def model(self) -> str:
        return self._model.model

    def about(self, given: AskInput) -> str:
        return self._model.about(given)

    def estimate(self, given: AskInput) -> int:
        return self._model.estimate(given)

    def estimate_repair(self) -> int:
        return self._model.estimate_repair()

    def ask(self, given: AskInput) -> RawAnswer:
        return self._model.ask(given)

    def problem(self, raw: RawAnswer) -> str | None:
        return self._model.problem(raw)

    def repair(self, raw: RawAnswer, problem: str) -> RawAnswer:
        return self._model.repair(raw, problem)

    def interpret(self, given: AskInput, answers: Sequence[RawAnswer]) -> Answer:
        """The judged answer; `problems` also tells which spans had no room in the question."""
        judged = judge(self._model.interpret(given, answers), given, self._nearness)
        notes = dict.fromkeys(note for raw in answers for note in raw.notes)
        return replace(judged, problems=(*notes, *judged.problems))

    def answer(self, given: AskInput) -> Answer:
        """Asks and checks at once: for tests and commands without a ledger."""
        return judge(self._model.answer(given), given, self._nearness)

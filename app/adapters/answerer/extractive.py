"""Stub."""

from __future__ import annotations

from app.domain.ask.answer import AskInput, Cite, Draft, Sentence
from app.ports import Embedder


class Extractive:
    version = "extractive-0"

    def __init__(self, embedder: Embedder | None) -> None: ...

    def answer(self, given: AskInput) -> Draft:
        return Draft(tuple(Sentence(s.text, (Cite(s.number, s.text),)) for s in given.spans[:2]))

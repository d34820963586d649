"""An embedder that remembers: the posts of a labelled set are offered for one question after another."""

from __future__ import annotations

from collections.abc import Sequence

from app.ports import Embedder


class Remembering:
    """The port Embedder; asks the embedder for each different text once."""

    def __init__(self, embedder: Embedder) -> None:
        self.name, self.dimensions = embedder.name, embedder.dimensions
        self._embedder = embedder
        self._known: dict[str, list[float]] = {}

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """One vector for each text."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return [self._known[text] for text in texts]

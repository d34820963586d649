"""Embedders: adapters that turn texts into vectors, made by the factory here."""

from __future__ import annotations

from app.ports import Embedder


def usem3_embedder() -> Embedder:
    """The embedder from a package, without a network; it loads its model for the first text."""
    # Late: ONNX Runtime and numpy take 0.15 s and 35 MB, which commands and most workers never need.
    from app.adapters.embedder.usem3 import Usem3

    return Usem3()

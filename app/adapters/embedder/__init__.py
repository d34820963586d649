"""Embedders."""

from __future__ import annotations

from app.ports import Embedder


def usem3_embedder() -> Embedder:
    """The embedder that needs nothing but a package; the model is loaded when it first embeds."""
    # Late: ONNX Runtime and numpy take 0.15 s and 35 MB, which commands and most workers never need.
    from app.adapters.embedder.usem3 import Usem3

    return Usem3()

"""Scorers of spans: adapters that tell how well each span of a post answers a question, made by the factory here."""

from __future__ import annotations

from app.ports import SpanScorer


def e5_scorer() -> SpanScorer:
    """The scorer whose model lies in this package; it loads it for the first question."""
    # Late: ONNX Runtime and numpy take 0.15 s and 35 MB, which commands and most workers never need.
    from app.adapters.scorer.e5 import E5Scorer

    return E5Scorer()

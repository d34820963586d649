"""Holds the meaning of a sentence to that of its quotes by the cosine of their embeddings."""

from __future__ import annotations

import math

# The least cosine of a sentence and its joined quotes. Not calibrated: a guess until the tuning half of the
# labelled questions gives one.
FLOOR = 0.3


def far(nearness: float | None) -> str | None:
    """The reason to drop a sentence whose cosine with its quotes is below the floor; without an embedder it passes."""
    if nearness is None or math.isnan(nearness) or nearness >= FLOOR:
        return None
    return f"its meaning is too far from its quotes: {nearness:.2f}, at least {FLOOR:.2f}"

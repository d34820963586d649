"""Finds the dominant colours of a picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image

from app.adapters.vision.tuning import TUNING

SIDE = 96  # pixels; a thumbnail keeps the dominant colours


def dominant_colours(images: Sequence[Image.Image]) -> tuple[str, ...]:
    """Up to five colours as #rrggbb, most frequent first, over all frames; each covers 4 % or more."""
    pixels = np.concatenate(
        [np.asarray(image.resize((SIDE, SIDE), Image.Resampling.NEAREST)).reshape(-1, 3) for image in images]
    )
    chosen: list[tuple[np.ndarray, int]] = []
    for colour, count in _bins(pixels):
        near = next(
            (i for i, (other, _) in enumerate(chosen) if _distance(colour, other) < TUNING.colour_distance), None
        )
        if near is None:
            chosen.append((colour, count))
        else:
            chosen[near] = (chosen[near][0], chosen[near][1] + count)
    chosen.sort(key=lambda item: -item[1])  # stable: equal shares keep the order of their bins
    enough = [colour for colour, count in chosen if count >= TUNING.colour_share * len(pixels)]
    return tuple("#{:02x}{:02x}{:02x}".format(*colour.round().astype(int)) for colour in enough[: TUNING.colours])


def _bins(pixels: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """(mean colour, pixels) of each occupied cell of a grid of 16 levels in each channel, the fullest first."""
    cells = (pixels >> 4).astype(np.int64) @ np.array([256, 16, 1])
    order = np.argsort(cells, kind="stable")
    _, starts, counts = np.unique(cells[order], return_index=True, return_counts=True)
    sums = np.add.reduceat(pixels[order].astype(np.int64), starts, axis=0)
    ranked = np.argsort(-counts, kind="stable")
    return [(sums[i] / counts[i], int(counts[i])) for i in ranked]


def _distance(left: np.ndarray, right: np.ndarray) -> float:
    return float(np.linalg.norm(left - right))

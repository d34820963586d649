"""Measures whether a picture shows anything, and whether two of them show the same."""

from __future__ import annotations

import numpy as np
from PIL import Image

EVEN = 8  # levels of 256 between the darkest and the lightest part: JPEG moves an even shade by 2
FADED = 40  # levels; a scene that fades in or out
SAME = 10  # levels in each of the cells below; compression moves their means by 3, a new word by 20 and more
CELLS = 64  # on each side
GRAIN = 128  # pixels of the shorter side from which grain is averaged before it is measured


def is_even(image: Image.Image) -> bool:
    """Whether an RGB picture has one even shade all over, so that there is nothing in it to read or to pay for.

    A single thin letter makes it uneven.
    """
    shorter = min(image.size)
    small = image.reduce(4 if shorter >= 2 * GRAIN else 2) if shorter >= GRAIN else image
    extremes = (channel.getextrema() for channel in small.split())
    return all(float(high) - float(low) < EVEN for low, high in extremes)  # type: ignore[arg-type]


def cells(image: Image.Image) -> np.ndarray:
    """The mean colours of 64 x 64 parts of a picture, by which two of them are compared."""
    return np.asarray(image.convert("RGB").resize((CELLS, CELLS), Image.Resampling.BOX), dtype=np.int16)


def alike(left: np.ndarray, right: np.ndarray) -> bool:
    """Whether two pictures show the same, by their cells."""
    return int(np.abs(left - right).max()) < SAME


def is_faded(parts: np.ndarray) -> bool:
    """Whether hardly anything can be told in a picture, by its cells: black or white but for a shimmer."""
    return int(np.ptp(parts, axis=(0, 1)).max()) < FADED

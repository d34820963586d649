"""Measures the pixels of a picture, for its kind, before any recognition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.adapters.vision.strips import is_long
from app.adapters.vision.tuning import TUNING
from app.domain.images import even_enough

SIDE = 640  # pixels of the longer side; a photograph's grain is finer than that and averages out
SCREEN = 16 / 9
BLOCK = 8  # pixels; over this length, soft gradients of a photograph differ by more than SAME
SAME = 4  # levels within a block; compression moves an even area by less
SATURATED, LIGHT = 70, 200  # levels between the channels; least level of paper
BAR_WIDTH = 0.75  # share of a row; the title takes the rest
BAR_HEIGHT = (0.01, 0.07)  # share of the picture's height, where the title does not interrupt the bar


@dataclass(frozen=True)
class Pixels:
    """Shares of the picture's area, 0 to 1."""

    flat: float  # blocks of 8 x 8 pixels of one even colour
    background: float  # the commonest of 512 colours
    paper: bool  # whether that colour is light and grey
    vivid: float  # flat blocks of a strong colour
    bar: bool  # the title bar of a window along the top

    @property
    def one_ground(self) -> bool:
        """Whether all text has one even background, as on a plain page."""
        return self.background >= TUNING.one_ground

    @property
    def drawn(self) -> bool:
        """Whether the picture was made by a program or scanned from paper, by the limits of `classify`."""
        return even_enough(self.flat, self.background)


def measure(image: Image.Image) -> Pixels:
    """Measures a smaller copy, which drops pixels instead of mixing them: mixing would smooth the grain."""
    # A long picture is seen as finely as a screen of its shorter side, or its print would look like grain.
    longer = SCREEN * min(image.size) if is_long(image.size) else max(image.size)
    factor = max(1, round(longer / SIDE))
    size = (max(BLOCK, image.width // factor), max(BLOCK, image.height // factor))
    pixels = np.asarray(image.resize(size, Image.Resampling.NEAREST))
    blocks = _blocks(pixels)
    high, low = blocks.max(axis=(1, 3)).astype(np.int16), blocks.min(axis=(1, 3)).astype(np.int16)
    flat = (high - low).max(axis=2) <= SAME
    strong = high.max(axis=2) - high.min(axis=2) >= SATURATED
    cells = _cells(pixels)
    share, paper = _background(pixels, cells)
    return Pixels(float(flat.mean()), share, paper, float((flat & strong).mean()), _has_bar(cells))


def _blocks(pixels: np.ndarray) -> np.ndarray:
    """Blocks of shape (rows, 8, columns, 8, 3); drops the rest at the right and bottom edge."""
    rows, columns = pixels.shape[0] // BLOCK, pixels.shape[1] // BLOCK
    return pixels[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK, 3)


def _cells(pixels: np.ndarray) -> np.ndarray:
    """The cell of each pixel in a grid of 8 levels in each channel, 0 to 511."""
    return np.asarray((pixels >> 5).astype(np.int64) @ np.array([64, 8, 1]))


def _commonest(cells: np.ndarray) -> tuple[int, float]:
    """(the commonest cell, its share)."""
    counts = np.bincount(cells.reshape(-1), minlength=512)
    best = int(counts.argmax())
    return best, float(counts[best] / cells.size)


def _background(pixels: np.ndarray, cells: np.ndarray) -> tuple[float, bool]:
    """(share of the commonest colour, whether it looks like paper)."""
    best, share = _commonest(cells)
    mean = pixels[cells == best].mean(axis=0)
    return share, bool(mean.min() >= LIGHT and mean.max() - mean.min() <= SATURATED / 2)


def _has_bar(cells: np.ndarray) -> bool:
    """Whether the top rows have one colour that is neither that of the background nor that of a frame around it."""
    colour, share = _commonest(cells[0])
    if share < BAR_WIDTH or colour == _commonest(cells)[0]:
        return False
    middle = cells[len(cells) // 2]
    if colour in (int(middle[0]), int(middle[-1]), _commonest(cells[-1])[0]):
        return False
    filled = (cells == colour).mean(axis=1) >= BAR_WIDTH
    height = int(filled.argmin()) / len(cells)
    return BAR_HEIGHT[0] <= height <= BAR_HEIGHT[1]

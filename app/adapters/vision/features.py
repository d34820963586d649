"""What the pixels and the words of a picture say about its kind: the facts that `classify` decides by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from app.adapters.vision.ocr import Text
from app.adapters.vision.words import Word
from app.domain.images import RULES, PictureFacts

SIDE = 640  # pixels of the longer side; finer than this, a photograph's grain averages out
BLOCK = 8  # pixels; the soft gradients of a photograph differ by more than SAME over this length
SAME = 4  # levels within a block; compression moves an even area by less
SATURATED, LIGHT = 70, 200  # levels between the channels; least level of paper


@dataclass(frozen=True)
class Pixels:
    """Shares of the picture's area, 0 to 1."""

    flat: float  # blocks of 8 x 8 pixels of one even colour
    background: float  # the commonest of 512 colours
    paper: bool  # that colour is light and grey
    vivid: float  # flat blocks of a strong colour

    @property
    def drawn(self) -> bool:
        """Made by a program or scanned from paper, by the limits of `classify`."""
        return self.flat >= RULES.drawn_flat and self.background >= RULES.drawn_background


def measure(image: Image.Image) -> Pixels:
    """Shares over a copy that leaves pixels out instead of mixing them: mixing would smooth grain away."""
    factor = max(1, round(max(image.size) / SIDE))
    size = (max(BLOCK, image.width // factor), max(BLOCK, image.height // factor))
    pixels = np.asarray(image.resize(size, Image.Resampling.NEAREST))
    blocks = _blocks(pixels)
    high, low = blocks.max(axis=(1, 3)).astype(np.int16), blocks.min(axis=(1, 3)).astype(np.int16)
    flat = (high - low).max(axis=2) <= SAME
    strong = high.max(axis=2) - high.min(axis=2) >= SATURATED
    share, paper = _background(pixels)
    return Pixels(float(flat.mean()), share, paper, float((flat & strong).mean()))


def _blocks(pixels: np.ndarray) -> np.ndarray:
    """Shape (rows, 8, columns, 8, 3); what is left at the right and bottom edge is dropped."""
    rows, columns = pixels.shape[0] // BLOCK, pixels.shape[1] // BLOCK
    return pixels[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK, 3)


def _background(pixels: np.ndarray) -> tuple[float, bool]:
    """(share of the commonest colour of a grid of 8 levels a channel, whether it looks like paper)."""
    cells = ((pixels >> 5).astype(np.int64) @ np.array([64, 8, 1])).reshape(-1)
    counts = np.bincount(cells, minlength=512)
    best = int(counts.argmax())
    mean = pixels.reshape(-1, 3)[cells == best].mean(axis=0)
    return float(counts[best] / len(cells)), bool(mean.min() >= LIGHT and mean.max() - mean.min() <= SATURATED / 2)


def picture_facts(size: tuple[int, int], pixels: Pixels, text: Text) -> PictureFacts:
    """Both halves together; `size` is the upright picture's own, in pixels."""
    words = text.words
    return PictureFacts(
        width=size[0],
        height=size[1],
        words=len(words),
        text_share=sum(word.width * word.height for word in words) / (text.width * text.height),
        edge_text=_edge_share(words, text.height),
        line_height=_line_height(words, text.height),
        flat=pixels.flat,
        background=pixels.background,
        paper=pixels.paper,
        vivid=pixels.vivid,
    )


def _edge_share(words: Sequence[Word], height: int) -> float:
    """Of the words' area, how much has its middle in the top or bottom quarter."""
    total = sum(word.width * word.height for word in words)
    middles = ((word.top + word.height / 2, word.width * word.height) for word in words)
    return sum(area for middle, area in middles if not height / 4 < middle < height * 3 / 4) / total if total else 0.0


def _line_height(words: Sequence[Word], height: int) -> float:
    """The median height of words, of the picture's height."""
    return float(np.median([word.height for word in words])) / height if words else 0.0

"""Combines the facts that decide the kind of a picture: those of its pixels and those of its words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.adapters.vision.ocr import Text
from app.adapters.vision.pixels import Pixels
from app.adapters.vision.words import Word
from app.domain.images import PictureFacts


def picture_facts(size: tuple[int, int], pixels: Pixels, text: Text) -> PictureFacts:
    """The facts of pixels and words together; `size` is that of the upright picture, in pixels."""
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
        big_type=_big_type(words),
        bar=pixels.bar,
    )


def _edge_share(words: Sequence[Word], height: int) -> float:
    """The share of the words' area whose middle is in the top or bottom quarter."""
    total = sum(word.width * word.height for word in words)
    middles = ((word.top + word.height / 2, word.width * word.height) for word in words)
    return sum(area for middle, area in middles if not height / 4 < middle < height * 3 / 4) / total if total else 0.0


def _line_height(words: Sequence[Word], height: int) -> float:
    """The median height of words, as a share of the picture's height."""
    return float(np.median([word.height for word in words])) / height if words else 0.0


def _big_type(words: Sequence[Word]) -> float:
    """The height of the tallest word in median heights; 1 without words."""
    heights = [word.height for word in words if word.letters > 1]
    return max(heights) / float(np.median(heights)) if heights else 1.0

"""Lays a transparent picture on the ground on which its letters can be read.

Telegram and browsers show stickers on any ground, so a sticker with white letters says something only on a dark one.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from app.adapters.vision.shades import is_even

WHITE, GREY, BLACK = 255, 128, 0
ROWS = 512  # of a picture; more tell no more about its letters
STROKE, WORD = 0.25, 0.6  # of the width; longer runs are shapes, papers and windows
OUTLINES = 3  # runs through nothing but outlines, to each run through outlined letters
INSIDE = 0.15  # of an outlined run that is unlike its outline
LIGHT, DARK = 165, 110  # levels of strokes that a white and a black ground swallow
FEW = 8  # strokes; fewer are no text
MOST = 0.8  # of light and dark strokes; with fewer of one kind, both kinds are to be seen
SEEN = 8  # levels of opacity; less is noise of a lossy codec
FAINT = 128  # levels of opacity; letters that are nowhere more opaque are raised to it


def flattened(image: Image.Image) -> Image.Image:
    """The picture in RGB: transparent parts over white, or over another ground for light letters. 16-bit grey in 8."""
    if image.mode.startswith("I") or image.mode == "F":
        levels = np.asarray(image, dtype=np.float64)
        top = max(float(levels.max(initial=0)), 1.0)
        image = Image.fromarray((levels.clip(0) * (255 / top)).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("RGB")
    return _laid(image.convert("RGBA"))


def _laid(layer: Image.Image) -> Image.Image:
    alpha = layer.getchannel("A")
    lowest, highest = (int(level) for level in alpha.getextrema() if not isinstance(level, tuple))
    if lowest == 255 or highest < SEEN:
        return _over(layer, WHITE)
    if highest < FAINT:
        layer.putalpha(alpha.point([min(255, level * 255 // highest) for level in range(256)]))
    first = ground(layer)
    laid = _over(layer, first)
    if not is_even(laid):
        return laid
    # A shape without strokes, all in the colour of the ground: the opacity alone has a form.
    others = (_over(layer, level) for level in (BLACK, WHITE) if level != first)
    return next((other for other in others if not is_even(other)), laid)


def _over(layer: Image.Image, level: int) -> Image.Image:
    paper = Image.new("RGBA", layer.size, (level, level, level, 255))
    return Image.alpha_composite(paper, layer).convert("RGB")


def ground(layer: Image.Image) -> int:
    """The level of the ground for a picture in RGBA: white, black for light letters, grey for light and dark ones."""
    sample = layer.resize((layer.width, min(layer.height, ROWS)), Image.Resampling.NEAREST)
    levels, alpha = np.asarray(sample.convert("RGB").convert("L")), np.asarray(sample.getchannel("A"))
    light, dark = _strokes(levels, alpha >= max(1, int(alpha.max()) // 2))
    if light + dark < FEW or dark >= MOST * (light + dark):
        return WHITE
    return BLACK if light >= MOST * (light + dark) else GREY


def _strokes(levels: np.ndarray, opaque: np.ndarray) -> tuple[int, int]:
    """(light strokes, dark strokes): runs of opaque pixels within a row, short as in a letter.

    A stroke with an outline counts by its inside; outlines of neighbours touch, so such a run may be a word.
    """
    steps = np.diff(np.pad(opaque, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    (rows, starts), (_, ends) = np.nonzero(steps == 1), np.nonzero(steps == -1)
    widths = ends - starts
    first, middle, last = (levels[rows, place] for place in (starts, (starts + ends) // 2, ends - 1))
    inner_light, inner_dark = (_within(mask, rows, starts, ends) / widths for mask in (levels >= LIGHT, levels <= DARK))
    word, stroke = widths <= WORD * levels.shape[1], widths <= max(3, STROKE * levels.shape[1])
    outlined_light = word & (first <= DARK) & (last <= DARK) & (inner_light >= INSIDE)
    outlined_dark = word & (first >= LIGHT) & (last >= LIGHT) & (inner_dark >= INSIDE)
    plain = stroke & ~outlined_light & ~outlined_dark
    light = _counted(outlined_light, plain & (middle >= LIGHT), outlined_dark)
    return light, _counted(outlined_dark, plain & (middle <= DARK), outlined_light)


def _counted(outlined: np.ndarray, plain: np.ndarray, others: np.ndarray) -> int:
    """Strokes of one kind. Plain ones beside many letters of the other kind that they surround are their outlines."""
    rims = int(plain.sum()) <= OUTLINES * int(others.sum())
    return int(outlined.sum()) + (0 if rims else int(plain.sum()))


def _within(mask: np.ndarray, rows: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The number of pixels of a mask in each run."""
    counts = np.pad(np.cumsum(mask, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    return np.asarray(counts[rows, ends] - counts[rows, starts])

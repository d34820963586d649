"""Computes the perceptual hash: 64 bits that stay nearly the same after re-encoding or scaling a picture.

A picture of one even shade has frequencies of zero but for rounding errors, which differ between processors: its hash
says nothing. The pixels alone can tell.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from app.adapters.vision.frames import Opened
from app.adapters.vision.shades import EVEN
from app.domain.reading import Inspection

SIDE, LOW = 32, 8


def _dct(side: int) -> np.ndarray:
    """The matrix of the unnormalised DCT-II: y[k] = 2 * sum(x[n] * cos(pi * k * (2n + 1) / (2 * side)))."""
    k, n = np.arange(side)[:, None], np.arange(side)[None, :]
    return 2 * np.cos(np.pi * k * (2 * n + 1) / (2 * side))


DCT = _dct(SIDE)


def phash(image: Image.Image) -> str:
    """The hash as 16 hex digits, equal to `imagehash.phash`: low DCT frequencies against their median."""
    low = (DCT @ _levels(image) @ DCT.T)[:LOW, :LOW]
    bits = (low > np.median(low)).flatten()
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def inspected(opened: Opened) -> Inspection:
    """The facts of an opened file, with the answer whether its first picture is flat."""
    flat = bool(np.ptp(_levels(opened.frames[0].image)) < EVEN) if opened.frames else None
    return opened.inspection.model_copy(update={"flat": flat})


def _levels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("L").resize((SIDE, SIDE), Image.Resampling.LANCZOS), dtype=np.float64)

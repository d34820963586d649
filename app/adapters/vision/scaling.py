"""Scales pictures down to the sizes at which they are read."""

from __future__ import annotations

from PIL import Image

from app.adapters.vision.strips import scaled, shrunk
from app.adapters.vision.tuning import TUNING


def fitted(image: Image.Image) -> Image.Image:
    """The picture scaled down to the size that recognition reads; a smaller one stays unchanged."""
    return resized(image, scaled(image.size))


def whole(image: Image.Image) -> Image.Image:
    """A long picture, of which recognition reads strips, scaled down until it is one picture."""
    return resized(image, shrunk(image.size, TUNING.picture_side))


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at a smaller size, itself at its own."""
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)

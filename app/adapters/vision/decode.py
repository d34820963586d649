"""Decodes a picture once: upright RGB frames, and the fault of its bytes.

A viewer shows a damaged JPEG without a warning, and so does Pillow (`verify` caught none of three, `load` only the
truncated one). So JPEGs are first decoded strictly; one that fails is decoded leniently and read as far as it goes.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image

from app.adapters.vision.animation import ANIMATED, moving_frames
from app.adapters.vision.decode_errors import of_this_machine, reason_of
from app.adapters.vision.ground import flattened
from app.adapters.vision.metadata import UPRIGHT, without_metadata
from app.adapters.vision.pillow import check_size, frame_count, loaded, opened_picture, turn_of_picture, upright
from app.adapters.vision.scaling import fitted
from app.adapters.vision.strips import scaled
from app.adapters.vision.tuning import TUNING
from app.errors import Permanent

FILLER = 128  # the level of all channels where libjpeg had no data


@dataclass(frozen=True)
class Decoded:
    """Upright RGB frames; width and height in pixels as a viewer shows them."""

    frames: tuple[Image.Image, ...]
    width: int
    height: int
    pages: int | None = None
    damaged: str | None = None


def decode_picture(path: Path, max_pixels: int, pages: int = TUNING.frames) -> Decoded:
    """Decodes a picture: up to three frames of an animation, the first `pages` of a TIFF.

    Permanent if nothing can be decoded, Skip for more than `max_pixels`. Broken metadata change nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about odd metadata; the decoders' errors report damage
        with opened_picture(path, max_pixels) as image:
            if image.format in ("JPEG", "MPO") and image.mode in ("RGB", "L"):
                return _jpeg(path, image)
            return _other(path, image, max_pixels, pages)


def _jpeg(path: Path, header: Image.Image) -> Decoded:
    """Decodes a JPEG, with Exif's turn. Scales a huge one down inside the decoder, which still checks every byte."""
    pixels, damaged = _decoded(path.read_bytes(), header)
    turn = turn_of_picture(header)
    width, height = (header.height, header.width) if turn in (5, 6, 7, 8) else header.size
    return Decoded((fitted(upright(Image.fromarray(pixels), turn)),), width, height, damaged=damaged)


def _decoded(data: bytes, header: Image.Image) -> tuple[np.ndarray, str | None]:
    """(the pixels, their fault or None). The decoder calls a broken colour profile damage: one without it decides."""
    try:
        return _pixels(data, header, strict=True), None
    except ValueError:
        data = without_metadata(data)
    try:
        return _pixels(data, header, strict=True), None
    except ValueError as error:
        damaged = reason_of(error)
        return _salvaged(data, header, damaged), damaged


def _pixels(data: bytes, header: Image.Image, *, strict: bool) -> np.ndarray:
    width, height = scaled(header.size)
    if (width, height) == header.size:
        width = height = 0  # no scaling
    decoded = simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width, strict=strict)
    return np.asarray(decoded)


def _salvaged(data: bytes, header: Image.Image, damaged: str) -> np.ndarray:
    """The result of a lenient decode; Permanent if most of it is the grey that fills the rows after a cut."""
    try:
        pixels = _pixels(data, header, strict=False)
    except ValueError as error:
        raise Permanent(f"damaged picture: {damaged}") from error
    rows = int((pixels != FILLER).any(axis=(1, 2)).sum())
    if rows < (1 - TUNING.filler_share) * len(pixels):
        raise Permanent(f"damaged picture: {damaged}; only {rows} of {len(pixels)} rows hold anything")
    return pixels


def _other(path: Path, image: Image.Image, max_pixels: int, most: int) -> Decoded:
    """Decodes other formats by Pillow, whose own checks of them are strict."""
    image, damaged = loaded(path, image, max_pixels)
    turn = UPRIGHT if image.format == "TIFF" else turn_of_picture(image)  # Pillow turns a TIFF itself
    width, height = (image.height, image.width) if turn in (5, 6, 7, 8) else image.size
    count = frame_count(image) if not damaged else 1
    if count > 1 and image.format in ANIMATED:
        moving, damaged = moving_frames(image, count, turn, max_pixels)
        if not moving:
            raise Permanent(f"damaged picture: {damaged}")
        return Decoded(tuple(moving), width, height, damaged=damaged)
    frames = [fitted(upright(flattened(image), turn))]
    if image.format == "TIFF" and not damaged:
        more, damaged = _further_pages(image, min(count, most), max_pixels)
        return Decoded((*frames, *more), width, height, count, damaged)
    return Decoded(tuple(frames), width, height, damaged=damaged)


def _further_pages(image: Image.Image, pages: int, max_pixels: int) -> tuple[list[Image.Image], str | None]:
    """(the next pages that can be decoded, why another one cannot or None)."""
    frames: list[Image.Image] = []
    for page in range(1, pages):
        try:
            image.seek(page)
            check_size(image.size, max_pixels)
            frames.append(fitted(flattened(image)))
        except Exception as error:
            if of_this_machine(error):
                raise
            return frames, f"page {page + 1}: {reason_of(error)}"
    return frames, None

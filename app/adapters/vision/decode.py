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

from app.adapters.vision.decode_errors import of_this_machine, reason_of
from app.adapters.vision.pillow import check_size, loaded, opened_picture, turn_of_picture, upright
from app.adapters.vision.strips import scaled, shrunk
from app.adapters.vision.tuning import TUNING
from app.errors import Permanent

FILLER = 128  # the level of all channels where libjpeg had no data


@dataclass(frozen=True)
class Decoded:
    """Upright RGB frames; width and height in pixels as a viewer shows the first one."""

    frames: tuple[Image.Image, ...]
    width: int
    height: int
    pages: int | None = None
    damaged: str | None = None


def decode_picture(path: Path, max_pixels: int) -> Decoded:
    """Decodes a picture: the first frame of an animation, the first pages of a TIFF.

    Permanent if nothing can be decoded, Skip for more than `max_pixels`. Broken metadata change nothing.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about odd metadata; the decoders' errors report damage
        with opened_picture(path, max_pixels) as image:
            if image.format in ("JPEG", "MPO") and image.mode in ("RGB", "L"):
                return _jpeg(path, image)
            return _other(path, image, max_pixels)


def _jpeg(path: Path, header: Image.Image) -> Decoded:
    """Decodes a JPEG, with Exif's turn. Scales a huge one down inside the decoder, which still checks every byte."""
    data, damaged = path.read_bytes(), None
    try:
        pixels = _pixels(data, header, strict=True)
    except ValueError as error:
        damaged = reason_of(error)
        pixels = _salvaged(data, header, damaged)
    turn = turn_of_picture(header)
    width, height = (header.height, header.width) if turn in (5, 6, 7, 8) else header.size
    return Decoded((fitted(upright(Image.fromarray(pixels), turn)),), width, height, damaged=damaged)


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


def _other(path: Path, image: Image.Image, max_pixels: int) -> Decoded:
    """Decodes other formats by Pillow, whose own checks of them are strict."""
    image, damaged = loaded(path, image, max_pixels)
    first = image if image.format == "TIFF" else upright(image, turn_of_picture(image))  # Pillow turns a TIFF itself
    width, height = first.size
    pages = _count(image) if image.format == "TIFF" and not damaged else None
    frames = [fitted(flattened(first))]
    if pages:
        more, damaged = _further_pages(image, pages, max_pixels)
        frames += more
    return Decoded(tuple(frames), width, height, pages, damaged)


def _count(image: Image.Image) -> int:
    """The number of pages; 1 if the chain of their directories is broken."""
    try:
        return int(getattr(image, "n_frames", 1))
    except Exception as error:
        if of_this_machine(error):
            raise
        return 1


def _further_pages(image: Image.Image, pages: int, max_pixels: int) -> tuple[list[Image.Image], str | None]:
    """(the next pages that can be decoded, why another one cannot or None)."""
    frames: list[Image.Image] = []
    for page in range(1, min(pages, TUNING.frames)):
        try:
            image.seek(page)
            check_size(image.size, max_pixels)
            frames.append(fitted(flattened(image)))
        except Exception as error:
            if of_this_machine(error):
                raise
            return frames, f"page {page + 1}: {reason_of(error)}"
    return frames, None


def flattened(image: Image.Image) -> Image.Image:
    """The picture in RGB: transparent parts over white, as Telegram and browsers show them; 16-bit grey scaled to 8."""
    if image.mode.startswith("I") or image.mode == "F":
        levels = np.asarray(image, dtype=np.float64)
        top = max(float(levels.max(initial=0)), 1.0)
        image = Image.fromarray((levels.clip(0) * (255 / top)).astype(np.uint8))
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        paper = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(paper, layer).convert("RGB")
    return image.convert("RGB")


def fitted(image: Image.Image) -> Image.Image:
    """The picture scaled down to the size that recognition reads; a smaller one stays unchanged."""
    return resized(image, scaled(image.size))


def whole(image: Image.Image) -> Image.Image:
    """A long picture, of which recognition reads strips, scaled down until it is one picture."""
    return resized(image, shrunk(image.size, TUNING.picture_side))


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture at a smaller size, itself at its own."""
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)

"""Decodes a picture once: upright RGB frames, and the fault of its bytes.

A viewer shows a damaged JPEG without a warning, and so does Pillow (`verify` caught none of three, `load` only the
truncated one). So JPEGs are first decoded strictly; one that fails is decoded leniently and read as far as it goes.
"""

from __future__ import annotations

import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import simplejpeg
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from app.adapters.vision.strips import scaled, shrunk
from app.adapters.vision.tuning import TUNING
from app.errors import Permanent, Skip

# The formats in Telegram; a crafted file may attack every further decoder.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
FILLER = 128  # the level of all channels where libjpeg had no data
_LENIENT = threading.Lock()  # Pillow has one switch for truncated files in the whole process


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

    Permanent if nothing can be decoded, Skip for more than `max_pixels`.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they are about odd metadata; the decoders' errors report damage
        with _opened(path, max_pixels) as image:
            if image.format in ("JPEG", "MPO") and image.mode in ("RGB", "L"):
                return _jpeg(path, image)
            return _other(path, image, max_pixels)


def _opened(path: Path, max_pixels: int) -> Image.Image:
    """Opens the header alone, to check the size before any pixel is decoded."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit below has a message that names its setting
    try:
        image = Image.open(path, formats=FORMATS)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise Permanent(f"not a picture that can be decoded: {_reason(error)}") from error
    try:
        _check_size(image, max_pixels)
    except Skip:
        image.close()
        raise
    return image


def _check_size(image: Image.Image, max_pixels: int) -> None:
    pixels = image.width * image.height
    if pixels > max_pixels:
        raise Skip(f"a picture of {pixels} pixels: more than IMAGE_MAX_PIXELS={max_pixels}")


def _jpeg(path: Path, header: Image.Image) -> Decoded:
    """Decodes a JPEG, with Exif's turn. Scales a huge one down inside the decoder, which still checks every byte."""
    data, damaged = path.read_bytes(), None
    try:
        pixels = _pixels(data, header, strict=True)
    except ValueError as error:
        damaged = _reason(error)
        pixels = _salvaged(data, header, damaged)
    exif = header.getexif()
    image = _upright(Image.fromarray(pixels), exif)
    turned = exif.get(0x0112, 1) in (5, 6, 7, 8)
    width, height = (header.height, header.width) if turned else header.size
    return Decoded((fitted(image),), width, height, damaged=damaged)


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


def _upright(image: Image.Image, exif: Image.Exif) -> Image.Image:
    orientation = exif.get(0x0112, 1)
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def _other(path: Path, image: Image.Image, max_pixels: int) -> Decoded:
    """Decodes other formats by Pillow, whose own checks of them are strict."""
    damaged = None
    try:
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        damaged = _reason(error)
        image = _partial(path, damaged)
    upright = ImageOps.exif_transpose(image)
    first = fitted(flattened(upright))
    pages = getattr(image, "n_frames", 1) if image.format == "TIFF" and not damaged else None
    more = _further_pages(image, pages, max_pixels) if pages else []
    return Decoded((first, *more), upright.width, upright.height, pages, damaged)


def _partial(path: Path, damaged: str) -> Image.Image:
    """The picture as far as its bytes go, upright."""
    with _LENIENT:
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            with Image.open(path, formats=FORMATS) as image:
                image.load()
                return ImageOps.exif_transpose(image)
        except (OSError, SyntaxError, ValueError, EOFError) as error:
            raise Permanent(f"damaged picture: {damaged}") from error
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = False


def _further_pages(image: Image.Image, pages: int, max_pixels: int) -> list[Image.Image]:
    frames = []
    for page in range(1, min(pages, TUNING.frames)):
        image.seek(page)
        _check_size(image, max_pixels)
        frames.append(fitted(flattened(image)))
    return frames


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


def _reason(error: BaseException) -> str:
    """The decoder's message, without the path that Pillow puts into some messages."""
    text = str(error).split(" '/")[0].split(" <_io")[0].strip()
    return text or type(error).__name__

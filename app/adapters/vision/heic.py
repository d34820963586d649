"""Decodes HEIC pictures by libheif: iPhones send a photograph in this format if it goes as a file."""

from __future__ import annotations

from pathlib import Path

import pi_heif
from pi_heif import options
from PIL import Image

from app.adapters.vision.decode import fitted, flattened
from app.adapters.vision.frames import Frame, Opened
from app.domain.reading import Inspection
from app.errors import Permanent, Skip

options.DECODE_THREADS = 1  # one child for each core: more threads would only compete
options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False


def open_heic(path: Path, max_pixels: int) -> Opened:
    """The primary picture, turned by its boxes. Permanent if it cannot be decoded, Skip for more than `max_pixels`.

    Does not also apply Exif's turn: phones write it, too, but only the boxes count (ISO/IEC 23008-12, 6.5.10). Damaged
    bytes inside a picture are not reported, because the decoder conceals them silently.
    """
    try:
        image = _decoded(path, max_pixels)
    # The package raises RuntimeError for libheif's own limits, and IndexError for a file without a picture.
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError, IndexError) as error:
        raise Permanent(f"not a HEIC picture that can be decoded: {str(error).strip()}") from error
    return Opened((Frame(fitted(flattened(image))),), Inspection(width=image.width, height=image.height))


def _decoded(path: Path, max_pixels: int) -> Image.Image:
    with path.open("rb") as file:  # raises FileNotFoundError itself: a missing file is no bad picture
        data = file.read()
    header = pi_heif.open_heif(data)
    pixels = header.size[0] * header.size[1]
    if pixels > max_pixels:
        raise Skip(f"a picture of {pixels} pixels: more than IMAGE_MAX_PIXELS={max_pixels}")
    decoded: Image.Image = header.to_pillow()
    return decoded

"""HEIC pictures by libheif: iPhones send them when a photograph goes as a file."""

from __future__ import annotations

from pathlib import Path

import pi_heif
from pi_heif import options
from PIL import Image

from app.adapters.vision.decode import fitted, flattened
from app.adapters.vision.frames import Frame, Opened
from app.domain.reading import Inspection
from app.errors import Permanent, Skip

options.DECODE_THREADS = 1  # one child a core: threads would only fight
options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False


def open_heic(path: Path, max_pixels: int) -> Opened:
    """The primary picture, turned as its boxes say; Permanent when it cannot be decoded, Skip above `max_pixels`.

    Exif's turn is not applied on top: phones write it too, and the boxes alone count (ISO/IEC 23008-12, 6.5.10). Bytes
    that changed inside a picture are not told: the decoder conceals them without a word.
    """
    try:
        image = _decoded(path, max_pixels)
    # RuntimeError is what the package says of libheif's own limits; IndexError, of a file that holds no picture.
    except (OSError, ValueError, SyntaxError, EOFError, RuntimeError, IndexError) as error:
        raise Permanent(f"not a HEIC picture that can be decoded: {str(error).strip()}") from error
    return Opened((Frame(fitted(flattened(image))),), Inspection(width=image.width, height=image.height))


def _decoded(path: Path, max_pixels: int) -> Image.Image:
    with path.open("rb") as file:  # FileNotFoundError is ours, not the picture's
        data = file.read()
    header = pi_heif.open_heif(data)
    pixels = header.size[0] * header.size[1]
    if pixels > max_pixels:
        raise Skip(f"a picture of {pixels} pixels: more than IMAGE_MAX_PIXELS={max_pixels}")
    decoded: Image.Image = header.to_pillow()
    return decoded

"""Decodes HEIC pictures by libheif: iPhones send a photograph in this format if it goes as a file."""

from __future__ import annotations

from pathlib import Path

import pi_heif
from pi_heif import options
from PIL import Image

from app.adapters.vision.decode_errors import of_this_machine
from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.ground import flattened
from app.adapters.vision.metadata import without_metadata
from app.adapters.vision.scaling import fitted
from app.domain.reading import Inspection
from app.errors import Skip

options.DECODE_THREADS = 1  # one child for each core: more threads would only compete
options.THUMBNAILS = options.DEPTH_IMAGES = options.AUX_IMAGES = False


def open_heic(path: Path, max_pixels: int) -> Opened:
    """The primary picture, turned by its boxes. Any error of its decoder; Skip for more than `max_pixels`.

    Does not also apply Exif's turn: phones write it, too, but only the boxes count (ISO/IEC 23008-12, 6.5.10). Damaged
    bytes inside a picture are not reported, because the decoder conceals them silently.
    """
    with path.open("rb") as file:
        # Their reader takes sizes on trust and has died of them; nothing here needs them.
        data = without_metadata(file.read())
    try:
        image = _decoded(data, max_pixels)
    except Exception as error:
        if isinstance(error, Skip) or of_this_machine(error):
            raise
        image = _decoded(without_metadata(data, colours=False), max_pixels)
    return Opened((Frame(fitted(flattened(image))),), Inspection(width=image.width, height=image.height))


def _decoded(data: bytes, max_pixels: int) -> Image.Image:
    header = pi_heif.open_heif(data)
    pixels = header.size[0] * header.size[1]
    if pixels > max_pixels:
        raise Skip(f"a picture of {pixels} pixels: more than IMAGE_MAX_PIXELS={max_pixels}")
    decoded: Image.Image = header.to_pillow()
    return decoded

"""Encodes the thumbnails of a file. Imports decoders, so only the process that makes thumbnails imports this module."""

from __future__ import annotations

import io

from PIL import Image

from app.adapters.vision.media import open_media
from app.adapters.vision.scaling import whole
from app.domain.page_limits import FIRST
from app.domain.thumbnails import WIDTHS, is_pictured, size_at
from app.errors import Skip
from app.ports import MediaInput

QUALITY = 75  # of WebP, as its library has it; 80 takes a fifth more bytes
EFFORT = 2  # of 6; 4, the default, saves 4% of the bytes for nearly twice the time


def encode(media: MediaInput, max_pixels: int) -> dict[int, bytes]:
    """width -> WebP of the upright first frame, without metadata. Errors as in open_media of vision.media.

    Each one is scaled from the next larger one, which costs less than three scalings of the whole picture.
    """
    if not is_pictured(media.mime):
        raise Skip(f"no picture in {media.mime}")
    image = whole(open_media(media.path, media.mime, max_pixels, FIRST).frames[0].image)
    full = image.size
    made: dict[int, bytes] = {}
    data = b""
    for width in sorted(WIDTHS, reverse=True):
        size = size_at(width, full)
        if not data or size != image.size:  # else the next width has the same picture: it is not enlarged
            image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2.0) if size != image.size else image
            data = _webp(image)
        made[width] = data
    return made


def _webp(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    # A new picture has no metadata; Pillow would write those that its source had, so they are named.
    image.save(stream, "WEBP", quality=QUALITY, method=EFFORT, exif=b"", icc_profile=b"", xmp=b"")
    return stream.getvalue()

"""Prepares a media file for sending: colour JPEG pictures without metadata, and facts from decoding.

Encodes every picture anew, even a JPEG of the right size: its Exif may contain the place where it was taken.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from app.adapters.vision.colours import dominant_colours
from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.media import open_media
from app.adapters.vision.phash import inspected, phash
from app.adapters.vision.remote.decoder import Limits, Prepared
from app.adapters.vision.remote.prompt import sent
from app.adapters.vision.types import TEXT
from app.domain.images import clean_text, join_texts
from app.domain.reading import LocalFacts
from app.errors import Skip
from app.ports import MediaInput

QUALITY = 90  # of JPEG; below 85 the edges of small print blur


def prepare(media: MediaInput, limits: Limits) -> Prepared:
    """Prepares up to three frames or pages. Permanent if the file cannot be decoded, Skip if it is too large."""
    opened = open_media(media.path, media.mime, limits.max_pixels)
    pictures = tuple(_jpeg(frame.image, limits.max_side) for frame in opened.frames)
    largest = max(map(len, pictures), default=0)
    if largest > limits.max_bytes:
        raise Skip(f"a picture of {largest} bytes: the provider takes {limits.max_bytes}; lower VISION_MAX_SIDE")
    return Prepared(pictures, _sent_text(media, opened), _facts(opened))


def _jpeg(image: Image.Image, max_side: int) -> bytes:
    scale = max_side / max(image.size)
    if scale < 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    # Colour at full resolution, or red letters on blue lose their edges.
    image.save(stream, "JPEG", quality=QUALITY, subsampling=0)
    return stream.getvalue()


def _sent_text(media: MediaInput, opened: Opened) -> str | None:
    return sent(clean_text(opened.text or "")) if media.mime == TEXT else None


def _facts(opened: Opened) -> LocalFacts:
    images = [frame.image for frame in opened.frames]
    text = clean_text(opened.text) if opened.text is not None else _layer(opened.frames)
    return LocalFacts(
        inspection=inspected(opened),
        colours=dominant_colours(images) if images else (),
        phash=phash(images[0]) if images else None,
        text=text or None,
        whole_text=opened.text is not None or (bool(images) and all(frame.text for frame in opened.frames)),
    )


def _layer(frames: Sequence[Frame]) -> str:
    return join_texts(frame.text for frame in frames if frame.text)

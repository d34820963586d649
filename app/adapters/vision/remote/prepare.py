"""Prepares a media file for sending: colour JPEG pictures without metadata, and facts from decoding.

Encodes every picture anew, even a JPEG of the right size: its Exif may contain the place where it was taken.
"""

from __future__ import annotations

import io
from collections import Counter

from PIL import Image

from app.adapters.vision.colours import dominant_colours
from app.adapters.vision.frames import Opened
from app.adapters.vision.media import open_media
from app.adapters.vision.phash import inspected, phash
from app.adapters.vision.remote.decoder import Limits, Prepared
from app.adapters.vision.remote.prompt import sent
from app.adapters.vision.scaling import resized
from app.adapters.vision.shades import is_even
from app.adapters.vision.strips import boxes, left_out, scaled, sent_room, shares, spans
from app.domain.images import clean_text
from app.domain.media_types import TEXTS
from app.domain.reading import LocalFacts
from app.errors import Skip
from app.ports import MediaInput

LEAST_SIDE = 28  # pixels; several models refuse a picture with a shorter side
ORDERS = {False: "from top to bottom", True: "from left to right"}  # whether it is wide -> the order of its parts
QUALITY = 90  # of JPEG; below 85 the edges of small print blur


def prepare(media: MediaInput, limits: Limits) -> Prepared:
    """Prepares frames or pages, long ones in parts, up to `limits.pictures`; none of one even shade.

    Permanent if the file cannot be decoded, Skip if it is too large.
    """
    opened = open_media(media.path, media.mime, limits.max_pixels, limits.pages)
    shown = [frame.image for frame in opened.frames if not is_even(frame.image)]  # there is nothing in the others
    images = shown[: limits.pictures]
    rooms = shares([image.size for image in images], sent_room(limits.max_side), limits.pictures)
    fitted = [(resized(image, scaled(image.size, room)), room) for image, room in zip(images, rooms, strict=True)]
    parts = [image.crop(box) for image, room in fitted for box in boxes(image.size, room)]
    pictures = tuple(_jpeg(part) for part in _uneven(parts))
    largest = max(map(len, pictures), default=0)
    if largest > limits.max_bytes:
        raise Skip(f"a picture of {largest} bytes: the provider takes {limits.max_bytes}; lower VISION_MAX_SIDE")
    cut = [image.size for image, room in fitted if len(spans(image.size, room)) > 1]
    order = ORDERS[cut[0][0] > cut[0][1]] if cut and len(pictures) > 1 else None
    missing = next((words for image, room in fitted if (words := left_out(image.size, room))), None)
    return Prepared(pictures, _sent_text(media, opened), _facts(opened, missing), order)


def _uneven(parts: list[Image.Image]) -> list[Image.Image]:
    """The parts that show anything; all of a picture that shades off too slowly for one of them to show it."""
    return [part for part in parts if not is_even(part)] or parts


def _jpeg(image: Image.Image) -> bytes:
    image = _padded(image)
    stream = io.BytesIO()
    # Colour at full resolution, or red letters on blue lose their edges.
    image.save(stream, "JPEG", quality=QUALITY, subsampling=0)
    return stream.getvalue()


def _padded(image: Image.Image) -> Image.Image:
    """The picture with sides that models take: a smaller one in the middle of its border's commonest colour."""
    size = max(image.width, LEAST_SIDE), max(image.height, LEAST_SIDE)
    if size == image.size:
        return image
    ground = Image.new("RGB", size, _border(image))
    ground.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
    return ground


def _border(image: Image.Image) -> tuple[int, int, int]:
    width, height = image.size
    edges = [(0, 0, width, 1), (0, height - 1, width, height), (0, 0, 1, height), (width - 1, 0, width, height)]
    colours: Counter[tuple[int, int, int]] = Counter()
    for edge in edges:
        for number, colour in image.crop(edge).getcolors(width + height) or ():
            colours[colour] += number  # type: ignore[index]  # RGB pictures have tuples
    return colours.most_common(1)[0][0]


def _sent_text(media: MediaInput, opened: Opened) -> str | None:
    return sent(clean_text(opened.text or "")) if media.mime in TEXTS else None


def _facts(opened: Opened, left_out: str | None) -> LocalFacts:
    images = [frame.image for frame in opened.frames]
    text = clean_text(opened.text) if opened.text is not None else None
    return LocalFacts(
        inspection=inspected(opened),
        colours=dominant_colours(images) if images else (),
        phash=phash(images[0]) if images else None,
        text=text or None,
        left_out=left_out,
        whole_text=opened.text is not None,
        layers=opened.layers,
        shown=len(opened.frames) if opened.inspection.pages else 0,
    )

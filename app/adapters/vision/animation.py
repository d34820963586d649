"""Reads an animated picture over its whole length: many begin with an empty frame, or fade in."""

from __future__ import annotations

from collections.abc import Iterable

from PIL import Image

from app.adapters.vision.decode_errors import of_this_machine, reason_of
from app.adapters.vision.ground import flattened
from app.adapters.vision.moments import MOST_FRAMES, PLACES, Moments, spread
from app.adapters.vision.pillow import check_size, upright
from app.adapters.vision.scaling import fitted
from app.adapters.vision.tuning import TUNING

ANIMATED = ("GIF", "PNG", "WEBP", "AVIF")
DECODED = 600_000_000  # pixels, over all frames that lie before these; two or three seconds


def moving_frames(image: Image.Image, count: int, turn: int, max_pixels: int) -> tuple[list[Image.Image], str | None]:
    """(up to three distinct RGB frames in order, why another one cannot be decoded or None).

    image: with its first frame decoded. count: of frames, as the file tells it; those behind the bounds are left out.
    """
    moments = Moments()
    reach = max(1, min(count, MOST_FRAMES, DECODED // (image.width * image.height)))
    damaged = _offer(image, _places(reach, TUNING.frames if reach > PLACES else PLACES), turn, max_pixels, moments)
    if damaged:
        reach = image.tell() + 1  # the frames before the damage
    if not moments.enough:
        damaged = _offer(image, _places(reach, PLACES), turn, max_pixels, moments) or damaged
    return moments.images, damaged


def _places(reach: int, count: int) -> list[int]:
    """Numbers of frames over the whole length, in order: decoders go forward only."""
    return sorted({int(place * reach) for place in spread(count)}) if count < reach else list(range(reach))


def _offer(image: Image.Image, places: Iterable[int], turn: int, max_pixels: int, moments: Moments) -> str | None:
    """Decodes these frames; returns why it ended before the last one, or None."""
    left = DECODED
    for number in places:
        if number in moments.times:
            continue
        try:
            left -= _go(image, number, max_pixels)
            if left < 0 and number:
                return None
            image.load()
            moments.offer(number, fitted(upright(flattened(image), turn)))
        except Exception as error:
            if of_this_machine(error):
                raise
            return f"frame {number + 1}: {reason_of(error)}"
    return None


def _go(image: Image.Image, number: int, max_pixels: int) -> int:
    """Goes to a frame; returns the pixels on the way. Each frame of a GIF may be larger than those before it."""
    passed = 0
    for step in range(min(image.tell() + 1, number), number + 1):
        image.seek(step)
        check_size(image.size, max_pixels)
        passed += image.width * image.height
    return passed

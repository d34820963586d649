"""Reads a few frames of a video, spread over its length.

Keyframes come first: 40 ms each, while decoding it all takes half a second. Only where they show nothing or are fewer
than three, as in short clips with a single one, the frames between them are decoded.
"""

from __future__ import annotations

import math
import time
from itertools import islice
from pathlib import Path
from typing import Any

import av
import av.error

from app.adapters.vision.decode_errors import memory_left
from app.adapters.vision.film import Film, picture
from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.moments import MOST_FRAMES, PLACES, Moments, spread
from app.adapters.vision.scaling import fitted
from app.adapters.vision.tuning import TUNING
from app.domain.reading import Inspection
from app.errors import Permanent, Skip

DECODED = 400_000_000  # pixels of frames between keyframes: some two seconds
SECONDS = 20.0  # for them, on a slow machine


def open_video(path: Path, max_pixels: int) -> Opened:
    """Up to three distinct frames. Permanent without any frame, Skip for frames above the limit."""
    # From a file of ours: an error of FFmpeg is then about the bytes, and one of the disk comes through as it is.
    with path.open("rb") as file:
        try:
            with av.open(file, metadata_errors="ignore") as container:
                return _opened(container, max_pixels)
        except av.error.FFmpegError as error:
            if isinstance(error, MemoryError) and not memory_left():
                raise
            raise Permanent(f"not a video that can be decoded: {error.strerror}") from error


def _opened(container: Any, max_pixels: int) -> Opened:
    if not container.streams.video:
        raise Permanent("a video without pictures")
    stream = container.streams.video[0]
    if stream.codec_context is None:
        raise Permanent("a video in a format that no decoder knows")
    film = Film(container, stream)
    if film.pixels > max_pixels:
        raise Skip(f"frames of {film.pixels} pixels: more than IMAGE_MAX_PIXELS={max_pixels}")
    watched = _Watched(film)
    images = watched.moments.images
    if not images:
        raise Permanent(f"no frame of the video can be decoded: {film.damaged or 'it has none'}")
    width, height = watched.size
    inspection = Inspection(width=width, height=height, duration=film.duration, damaged=film.damaged)
    return Opened(tuple(Frame(image) for image in images), inspection)


class _Watched:
    """The moments of a film that are worth reading. size: width and height of a frame, upright."""

    def __init__(self, film: Film) -> None:
        self._film, self.moments, self.size = film, Moments(), (0, 0)
        self._keyframes()
        if not self.moments.enough and (self.moments.weak or len(self.moments.times) < TUNING.frames):
            self._forward()

    def _keyframes(self) -> None:
        """Thirds of the film; further places if a frame there shows nothing, as far as there are other keyframes."""
        duration = self._film.duration
        for number, place in enumerate(spread(PLACES if duration else 1)):
            if number >= TUNING.frames and (
                self.moments.enough or not self.moments.weak or len(self.moments.times) < TUNING.frames
            ):
                return
            found = self._film.keyframe(place * (duration or 0.0))
            if found is not None:
                self._offer(*found)

    def _forward(self) -> None:
        """Frames at even steps of time; of a film without a duration at doubled ones."""
        step = (self._film.duration or 0.0) / PLACES
        due, until, last = 0.0, time.monotonic() + SECONDS, None
        bound = max(1, min(MOST_FRAMES, DECODED // self._film.pixels))
        for number, last in enumerate(islice(self._film.forward(), bound)):
            if last[0] >= due if step else number & (number - 1) == 0:
                self._offer(*last)
                due = step * (math.floor(last[0] / step) + 1) if step else 0.0
            if time.monotonic() > until:
                break
        if last is not None:
            self._offer(*last)

    def _offer(self, second: float, frame: Any) -> None:
        if second not in self.moments.times:
            image = picture(frame)
            self.size = image.size
            self.moments.offer(second, fitted(image))

"""Reads a few keyframes of a video, spread over its length: 40 ms each, while decoding it all takes half a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import av.error
from PIL import Image

from app.adapters.vision.decode import fitted
from app.adapters.vision.decode_errors import memory_left
from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.tuning import TUNING
from app.domain.reading import Inspection
from app.errors import Permanent, Skip

QUARTER_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}


def open_video(path: Path, max_pixels: int) -> Opened:
    """The first keyframe and up to two more. Permanent without any frame, Skip for frames above the limit."""
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
    if stream.width * stream.height > max_pixels:
        raise Skip(f"frames of {stream.width * stream.height} pixels: more than IMAGE_MAX_PIXELS={max_pixels}")
    stream.codec_context.skip_frame = "NONKEY"
    stream.codec_context.thread_count = 1  # one child for each core: more threads would only compete
    duration = _duration(container, stream)
    images, damaged = _keyframes(container, stream, duration)
    if not images:
        raise Permanent(f"no frame of the video can be decoded: {damaged or 'it has none'}")
    width, height = images[0].size
    frames = tuple(Frame(fitted(image)) for image in images)
    return Opened(frames, Inspection(width=width, height=height, duration=duration, damaged=damaged))


def _duration(container: Any, stream: Any) -> float | None:
    """Seconds, rounded to milliseconds; None for streams without a duration."""
    if container.duration:
        return round(float(container.duration / av.time_base), 3)
    return round(float(stream.duration * stream.time_base), 3) if stream.duration else None


def _keyframes(container: Any, stream: Any, duration: float | None) -> tuple[list[Image.Image], str | None]:
    """(distinct keyframes in order of time, why another could not be decoded or None)."""
    found: dict[Any, Image.Image] = {}
    damaged = None
    places = [duration * part / TUNING.frames for part in range(TUNING.frames)] if duration else [0.0]
    for place in places:
        try:
            if place:
                container.seek(int(place * av.time_base))
            frame = next(container.decode(stream), None)
        except (av.error.FFmpegError, StopIteration) as error:
            damaged = str(getattr(error, "strerror", None) or error)
            continue
        if frame is not None and frame.pts not in found:
            found[frame.pts] = _upright(frame)
        if frame is not None and frame.is_corrupt:
            damaged = "a keyframe is damaged"
    return list(found.values()), damaged


def _upright(frame: Any) -> Image.Image:
    """The frame in RGB, turned by the rotation of the phone that filmed it."""
    image: Image.Image = frame.to_image()
    turn = QUARTER_TURNS.get(round(frame.rotation) % 360)
    return image if turn is None else image.transpose(turn)

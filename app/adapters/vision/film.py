"""Goes through a video by FFmpeg: from keyframe to keyframe, or through all frames, with their transparency."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import av
import av.error
import numpy as np
from PIL import Image

from app.adapters.vision.ground import flattened

QUARTER_TURNS = {
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}
# FFmpeg's own decoders of these leave out the transparency, which lies beside the frames in its container.
WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


class Film:
    """One video stream of an open container."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._container, self._stream = container, stream
        context = stream.codec_context
        context.thread_count = 1  # one child for each core: more threads would only compete
        self._decoder = _decoder_with_alpha(stream)
        self.damaged: str | None = None  # why a frame could not be decoded

    @property
    def pixels(self) -> int:
        """Pixels of one frame."""
        return int(self._stream.width * self._stream.height)

    @property
    def duration(self) -> float | None:
        """Seconds, rounded to milliseconds; None for streams without a duration."""
        if self._container.duration:
            return round(float(self._container.duration / av.time_base), 3)
        stream = self._stream
        return round(float(stream.duration * stream.time_base), 3) if stream.duration else None

    def keyframe(self, second: float) -> tuple[float, Any] | None:
        """(its second, the keyframe that a seek to this second leads to); None if it cannot be decoded.

        Frames are converted by `picture`, which costs more than to pass one over.
        """
        try:
            if second:
                self._seek(second)
            frame = next(self._frames(keys_only=True), None)
        except av.error.FFmpegError as error:
            self._note(error)
            return None
        if frame is not None and frame.is_corrupt:
            self.damaged = "a keyframe is damaged"
        return None if frame is None else (self._time(frame), frame)

    def forward(self) -> Iterator[tuple[float, Any]]:
        """(its second, the frame) of all frames from the beginning."""
        try:
            self._seek(0)
            for frame in self._frames(keys_only=False):
                yield self._time(frame), frame
        except av.error.FFmpegError as error:
            self._note(error)

    def _note(self, error: av.error.FFmpegError) -> None:
        if isinstance(error, MemoryError):
            raise error
        self.damaged = str(error.strerror or error)

    def _seek(self, second: float) -> None:
        self._container.seek(int(second * av.time_base))
        if self._decoder is not None:
            self._decoder.flush_buffers()

    def _frames(self, *, keys_only: bool) -> Iterator[Any]:
        if self._decoder is None:
            self._stream.codec_context.skip_frame = "NONKEY" if keys_only else "DEFAULT"
            yield from self._container.decode(self._stream)
            return
        for packet in self._container.demux(self._stream):
            if packet.is_keyframe or not keys_only:
                yield from self._decoder.decode(packet)

    def _time(self, frame: Any) -> float:
        return float(frame.pts * self._stream.time_base) if frame.pts is not None else 0.0


def picture(frame: Any) -> Image.Image:
    """The frame in RGB, turned by the rotation of the phone that filmed it."""
    if any(component.is_alpha for component in frame.format.components):
        image = flattened(Image.fromarray(np.asarray(frame.to_ndarray(format="rgba"))))
    else:
        image = frame.to_image()
    turn = QUARTER_TURNS.get(round(frame.rotation) % 360)
    return image if turn is None else image.transpose(turn)


def _decoder_with_alpha(stream: Any) -> Any:
    """A decoder of its own for a stream with transparency beside its frames; None for all others."""
    name = WITH_ALPHA.get(stream.codec_context.name)
    noted = {key.lower(): value for key, value in stream.metadata.items()}
    if name is None or noted.get("alpha_mode") != "1":
        return None
    decoder = av.CodecContext.create(name, "r")
    decoder.thread_count = 1
    return decoder

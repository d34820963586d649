"""Animations and short videos, as messengers make them: one keyframe, an empty beginning, transparency."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw

from tests.factories.pictures import encoded, font

SIZE = (400, 200)
WORDS = "Доброе утро"


def even(colour: str = "black") -> Image.Image:
    """A frame without anything in it."""
    return Image.new("RGB", SIZE, colour)


def title(text: str = WORDS, *, ink: str = "white", ground: str = "#103060") -> Image.Image:
    """A frame with a line of text."""
    image = Image.new("RGB", SIZE, ground)
    ImageDraw.Draw(image).text((30, 70), text, font=font(44, "PTSans-Bold"), fill=ink)
    return image


def sticker(ink: str | tuple[int, ...] = "white", text: str = WORDS, outline: str | None = None) -> Image.Image:
    """Letters on nothing."""
    image = Image.new("RGBA", SIZE, (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.text(
        (30, 70), text, font=font(44, "PTSans-Bold"), fill=ink, stroke_width=3 if outline else 0, stroke_fill=outline
    )
    return image


def moving(frames: Sequence[Image.Image], kind: str) -> bytes:
    """An animation: GIF, PNG, WEBP or AVIF."""
    lossless = {"lossless": True} if kind == "WEBP" else {}
    return encoded(frames[0], kind, save_all=True, append_images=list(frames[1:]), duration=100, **lossless)


def clip(path: Path, scenes: Sequence[Image.Image], *, each: int = 5, gop: int = 1000) -> Path:
    """An MP4 with so many frames of each scene, five a second, and a keyframe every `gop` frames."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = *scenes[0].size, "yuv420p"
        stream.bit_rate, stream.codec_context.gop_size = 4_000_000, gop
        for scene in (scene for scene in scenes for _ in range(each)):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.asarray(scene), format="rgb24")))
        container.mux(stream.encode())
    return path


def video_sticker(path: Path, frames: Sequence[Image.Image], codec: str = "libvpx-vp9") -> Path:
    """A WebM whose transparency lies beside its frames, which are RGBA."""
    with av.open(str(path), "w", format="webm") as container:
        stream: Any = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = *frames[0].size, "yuva420p"
        stream.metadata["alpha_mode"] = "1"
        stream.codec_context.options = {"auto-alt-ref": "0", "cpu-used": "8", "deadline": "realtime"}
        for number, one in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(np.asarray(one), format="rgba").reformat(format="yuva420p")
            frame.pts, frame.time_base = number, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path

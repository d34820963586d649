"""Animations and videos, whose first frame has the text or is even, as an editor's fade from black leaves it."""

from __future__ import annotations

import io
from collections.abc import Callable

import av
import numpy as np
from PIL import Image

from app.eval.files import pages
from app.eval.files.texts import Text

RATE = 10  # frames a second
SECONDS = 4
SIZE = (720, 900)
_EVEN = {"ru": "#000000", "en": "#ffffff", "uk": "#1d3a8f"}


def animation(form: str, *, even: bool, **options: object) -> Callable[[Text], bytes]:
    """GIF, APNG or WebP of four frames."""

    def drawn(text: Text) -> bytes:
        first, page = _frames(text, even=even)
        out = io.BytesIO()
        rest = [page, page.transpose(Image.Transpose.FLIP_LEFT_RIGHT).point(lambda level: 255), page]
        first.save(out, form, save_all=True, append_images=rest, duration=500, loop=0, **options)
        return out.getvalue()

    return drawn


def video(*, even: bool) -> Callable[[Text], bytes]:
    """An MP4 of four seconds. An even one has its first frame as its only keyframe, as short videos do."""

    # Without scenecut the encoder sets no keyframe where the text appears; mbtree rounds differently from run to run.
    every = RATE * (SECONDS if even else 1)
    options = {"crf": "20", "g": str(every), "threads": "1", "x264-params": "scenecut=0:mbtree=0"}

    def drawn(text: Text) -> bytes:
        first, page = (np.asarray(image) for image in _frames(text, even=even))
        out = io.BytesIO()
        with av.open(out, "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=RATE, options=options)
            stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
            for number in range(RATE * SECONDS):
                pixels = first if number < RATE * 3 // 2 else page
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode(None))
        return out.getvalue()

    return drawn


def _frames(text: Text, *, even: bool) -> tuple[Image.Image, Image.Image]:
    """(the first frame, those after it)."""
    page = pages.screen(text).resize(SIZE, Image.Resampling.LANCZOS)
    return (Image.new("RGB", SIZE, _EVEN[text.language]) if even else page), page

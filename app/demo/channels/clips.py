"""Short videos and a tune, encoded the same way every time."""

from __future__ import annotations

import io
import math
from fractions import Fraction

import av
import numpy as np
from PIL import Image

from app.demo.channels.asset import Asset
from app.demo.channels.canvas import Ink, Sheet
from app.demo.channels.photographs import filled

WIDTH, HEIGHT, RATE = 480, 270, 12
SAMPLE_RATE = 22_050
# One thread and bit-exact muxing: several threads or a time stamp would change the bytes from run to run.
EXACT = {"fflags": "+bitexact"}


def clip(photo: str, variant: str, seconds: str = "3", title: str = "") -> Asset:
    """A video in which the camera moves over a photograph; a title may stand below."""
    frames = int(seconds) * RATE
    still = filled(photo, int(variant), WIDTH * 3 // 2, HEIGHT * 3 // 2)
    data = _video([_moved(still, number / frames, int(variant), title) for number in range(frames)])
    name = f"{photo}-{variant}.mp4"
    return Asset(data, "video", "video/mp4", name, WIDTH, HEIGHT, float(seconds), text=title)


def _moved(still: Image.Image, part: float, variant: int, title: str) -> Image.Image:
    """The frame at `part` (0 to 1) of the way: closer, farther or sideways by the variant."""
    room = still.width - WIDTH
    if variant % 3 == 0:
        left, top, width = room * part, still.height / 8, float(WIDTH)
    else:
        near = part if variant % 3 == 1 else 1 - part
        width = still.width - room * near
        left, top = (still.width - width) / 2, (still.height - width * HEIGHT / WIDTH) / 2
    box = (left, top, left + width, top + width * HEIGHT / WIDTH)
    frame = still.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR, box=box)
    if title:
        sheet = Sheet(frame)
        sheet.draw.rectangle((0, HEIGHT - 62, WIDTH, HEIGHT), fill="#101418")
        sheet.write(title, 16, HEIGHT - 48, WIDTH - 32, Ink("bold", 28, "white", "centre"))
    return frame


def _video(frames: list[Image.Image]) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mp4", options=EXACT) as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        # Without mbtree: x264's macroblock tree rounds differently from run to run.
        stream.options = {"crf": "27", "preset": "veryfast", "g": str(RATE * 2), "x264-params": "mbtree=0"}
        stream.codec_context.thread_count = 1
        for frame in frames:
            pixels = av.VideoFrame.from_ndarray(np.asarray(frame), format="rgb24")
            container.mux(stream.encode(pixels))
        container.mux(stream.encode(None))
    return out.getvalue()


def tune(name: str, notes: list[int], beat: float = 0.35) -> Asset:
    """A melody of plain tones. notes: semitones above A3."""
    wave = np.concatenate([_tone(220 * 2 ** (note / 12), beat) for note in notes])
    samples = (wave * 12_000).astype(np.int16).reshape(1, -1)
    out = io.BytesIO()
    with av.open(out, "w", format="mp3", options=EXACT) as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE, layout="mono")
        stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(samples, format="s16p", layout="mono")
        frame.sample_rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return Asset(out.getvalue(), "audio", "audio/mpeg", name, duration=samples.size / SAMPLE_RATE)


def _tone(hertz: float, seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.sin(2 * math.pi * hertz * time) * np.exp(-3 * time / seconds)

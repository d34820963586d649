"""Draws sheets and records their words: the text written on a sheet is also its known text."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageFont

Colour = str
Align = Literal["left", "centre", "right"]
Face = Literal["sans", "bold", "narrow", "serif", "italic", "mono"]

FONTS = Path(__file__).resolve().parent.parent / "fonts"
FACES: dict[Face, str] = {
    "sans": "PTSans-Regular.ttf",
    "bold": "PTSans-Bold.ttf",
    "narrow": "PTSansNarrow-Bold.ttf",
    "serif": "PTSerif-Regular.ttf",
    "italic": "PTSerif-Italic.ttf",
    "mono": "IBMPlexMono-Regular.ttf",
}
LARGEST_PHOTO = 150_000  # bytes; Telegram itself squeezes photographs to about this much


@lru_cache(maxsize=128)
def font(face: Face, size: int) -> ImageFont.FreeTypeFont:
    """A face of the bundled fonts, `size` pixels high. The basic layout engine draws the same on every machine."""
    return ImageFont.truetype(str(FONTS / FACES[face]), size, layout_engine=ImageFont.Layout.BASIC)


@dataclass(frozen=True)
class Ink:
    """How to write: face, size in pixels, colour, and the outline of memes."""

    face: Face = "sans"
    size: int = 32
    fill: Colour = "#1c1c1e"
    align: Align = "left"
    leading: float = 1.3
    outline: int = 0


@dataclass
class Sheet:
    """A picture in the making. `written` collects its texts in reading order."""

    image: Image.Image
    written: list[str] = field(default_factory=list)

    @classmethod
    def blank(cls, width: int, height: int, colour: Colour) -> Sheet:
        """A sheet of one colour."""
        return cls(Image.new("RGB", (width, height), colour))

    @property
    def draw(self) -> ImageDraw.ImageDraw:
        """For everything that is not text."""
        return ImageDraw.Draw(self.image)

    @property
    def text(self) -> str:
        """Everything written so far, a line for each call of `write`."""
        return "\n".join(self.written)

    def write(self, text: str, x: int, y: int, width: int, ink: Ink) -> int:
        """Write wrapped text into a column and return the y below it. A line break in `text` breaks the line."""
        self.written.append(text)
        face = font(ink.face, ink.size)
        for line in wrapped(text, face, width):
            free = width - face.getlength(line)
            left = x + {"left": 0.0, "centre": free / 2, "right": free}[ink.align]
            self.draw.text((left, y), line, ink.fill, face, stroke_width=ink.outline, stroke_fill="black")
            y += round(ink.size * ink.leading)
        return y


def wrapped(text: str, face: ImageFont.FreeTypeFont, width: int) -> list[str]:
    """The lines that fit into `width` pixels; a word that is wider stands alone."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and face.getlength(longer) > width:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return lines


def height_of(text: str, width: int, ink: Ink) -> int:
    """How many pixels `write` would advance."""
    return len(wrapped(text, font(ink.face, ink.size), width)) * round(ink.size * ink.leading)


def gradient(width: int, height: int, top: Colour, bottom: Colour) -> Image.Image:
    """A vertical blend of two colours."""
    mask = Image.linear_gradient("L").resize((width, height))
    return Image.composite(Image.new("RGB", mask.size, bottom), Image.new("RGB", mask.size, top), mask)


def jpeg(image: Image.Image, quality: int = 84, largest: int = LARGEST_PHOTO) -> bytes:
    """A JPEG of at most `largest` bytes, coarser where it must be."""
    while True:
        out = io.BytesIO()
        image.save(out, "JPEG", quality=quality)
        if out.tell() <= largest or quality <= 40:
            return out.getvalue()
        quality -= 8


def png(image: Image.Image) -> bytes:
    """A PNG."""
    out = io.BytesIO()
    image.save(out, "PNG", optimize=False, compress_level=6)
    return out.getvalue()

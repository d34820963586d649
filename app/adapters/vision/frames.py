"""The values that readers of every media type return: frames to look at, and what decoding showed of the file."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from app.domain.reading import Inspection


@dataclass(frozen=True)
class Frame:
    """One picture, frame or page; `text` when the file itself says what stands there."""

    image: Image.Image
    text: str | None = None


@dataclass(frozen=True)
class Opened:
    """What is read from a file. `page_like`: a document by its type, whatever its pages look like."""

    frames: tuple[Frame, ...]
    inspection: Inspection
    page_like: bool = False
    text: str | None = None  # of a file that is nothing but text

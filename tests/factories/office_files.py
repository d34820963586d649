"""Documents of offices and books: by well-known libraries, and by hand where these cannot make them."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import docx
import openpyxl
import pptx
from openpyxl.comments import Comment
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="m" xmlns:wps="s" xmlns:v="v"'
TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def zipped(parts: Mapping[str, str | bytes], mime: str | None = None) -> bytes:
    """A zip file; mime: declared as the first part, as OpenDocument and books do."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as out:
        if mime:
            out.writestr("mimetype", mime, zipfile.ZIP_STORED)
        for name, data in parts.items():
            out.writestr(name, data)
    return stream.getvalue()


def _saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def word_document() -> bytes:
    """Heading, paragraph, table, header, footer, comment."""
    document = docx.Document()
    document.add_heading("Отчёт за квартал")
    paragraph = document.add_paragraph("Расходы выросли, ")
    paragraph.add_run("доходы упали").bold = True
    table = document.add_table(2, 3)
    for at, word in enumerate(("Товар", "Цена", "Штук", "Картошка", "40", "12")):
        table.cell(at // 3, at % 3).text = word
    document.sections[0].header.paragraphs[0].text = "Для служебного пользования"
    document.sections[0].footer.paragraphs[0].text = "Экземпляр единственный"
    document.add_comment(paragraph.runs, text="Проверить у бухгалтера", author="Иван")
    return _saved(document)


def word_parts(body: str, **others: str) -> dict[str, str]:
    """The parts of a document by hand: paragraphs, and further parts of the folder word by their names."""
    parts = {"[Content_Types].xml": TYPES, "word/document.xml": f"<w:document {W}><w:body>{body}</w:body></w:document>"}
    return parts | {f"word/{name}.xml": f"<w:part {W}>{text}</w:part>" for name, text in others.items()}


def paragraph(text: str) -> str:
    """One paragraph of a document by hand."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def slides() -> bytes:
    """Twelve slides: texts, notes, a table, a chart whose numbers are a workbook inside."""
    deck = pptx.Presentation()
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Планы на весну"
    first.placeholders[1].text = "Посадить деревья\nПокрасить забор"
    first.notes_slide.notes_text_frame.text = "Сказать про субботник"
    for number in range(2, 13):
        last = deck.slides.add_slide(deck.slide_layouts[1])
        last.shapes.title.text = f"Слайд {number}"
    table = last.shapes.add_table(1, 2, 0, 0, Inches(4), Inches(2)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "Липы", "сорок"
    chart = CategoryChartData()
    chart.categories = ["Восток", "Запад"]
    chart.add_series("Саженцы", (15, 20))
    last.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(3), Inches(2), chart)
    return _saved(deck)


def deck_without_slides() -> bytes:
    """A new presentation, as its program saves it before the first slide."""
    return _saved(pptx.Presentation())


def workbook() -> bytes:
    """Two sheets: dates, times, shares, truth, a gap, a comment, a header."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Смета"
    sheet.append(["Срок", "Сумма", "Доля"])
    sheet.append([datetime(2026, 11, 30), 1240.5, 0.155])  # noqa: DTZ001  cells have no zone
    sheet["C2"].number_format = "0.0%"
    sheet.append([datetime(2026, 12, 1, 14, 30), 0.1 + 0.2, True])  # noqa: DTZ001
    sheet["E9"] = "Итого по смете"
    sheet["A1"].comment = Comment("Согласовать с подрядчиком", "Иван")
    sheet.oddHeader.center.text = "Управление дорог"
    book.create_sheet("Черновик")["B2"] = "Щебень"
    return _saved(book)


ODF = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for short, name in {
        "office": "office",
        "text": "text",
        "style": "style",
        "table": "table",
        "draw": "drawing",
    }.items()
)
ODF += ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'


def open_document(body: str, kind: str, header: str = "", **others: str) -> bytes:
    """A file of OpenDocument. kind: text, spreadsheet, presentation. body: inside of office:body."""
    head = f"<style:master-page><style:header><text:p>{header}</text:p></style:header></style:master-page>"
    parts = {
        "content.xml": f"<office:document-content {ODF}><office:body>{body}</office:body></office:document-content>",
        "styles.xml": f"<office:document-styles {ODF}><office:styles><text:p>Образец</text:p></office:styles>"
        f"<office:master-styles>{head}</office:master-styles></office:document-styles>",
        "META-INF/manifest.xml": f"<manifest>{others.get('manifest', '')}</manifest>",
    }
    return zipped(parts, f"application/vnd.oasis.opendocument.{kind}")


def book(chapters: Sequence[tuple[str, str]], spine: Sequence[int], locked: Sequence[str] = ()) -> bytes:
    """An electronic book. chapters: names and markup. spine: the order of reading, by number of chapter."""
    items = "".join(f'<item id="c{n}" href="{name.replace(" ", "%20")}"/>' for n, (name, _) in enumerate(chapters))
    order = "".join(f'<itemref idref="c{n}"/>' for n in spine)
    ciphers = "".join(f'<CipherReference URI="OEBPS/{name}"/>' for name in locked)
    parts = {
        "META-INF/container.xml": CONTAINER,
        "OEBPS/book.opf": f"<package><manifest>{items}</manifest><spine>{order}</spine></package>",
        **{f"OEBPS/{name}": text for name, text in chapters},
    }
    if locked:
        parts["META-INF/encryption.xml"] = f"<encryption>{ciphers}</encryption>"
    return zipped(parts, "application/epub+zip")


def compound(*streams: str) -> bytes:
    """A compound file of Microsoft's with such streams: the header and the directory, as far as readers look."""
    header = bytearray(512)
    header[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHH", header, 24, 0x3E, 3, 0xFFFE, 9)
    struct.pack_into("<I", header, 48, 200)  # the directory lies far from the beginning
    entries = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + bytes(64) for name in ("Root Entry", *streams))
    return bytes(header) + b"\x11" * 512 * 200 + entries + b"\x22" * 200_000

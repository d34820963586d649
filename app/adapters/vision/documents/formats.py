"""Which function opens which type of document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.adapters.vision.documents.books import open_book
from app.adapters.vision.documents.office import open_slides, open_word
from app.adapters.vision.documents.open_document import open_document
from app.adapters.vision.documents.plain import open_text
from app.adapters.vision.documents.rich_text import open_rich_text
from app.adapters.vision.documents.spreadsheets import open_spreadsheet
from app.adapters.vision.documents.web_pages import open_page
from app.adapters.vision.frames import Opened
from app.domain import media_types

OPENERS: dict[str, Callable[[Path, int], Opened]] = {
    media_types.DOCX: open_word,
    media_types.XLSX: open_spreadsheet,
    media_types.PPTX: open_slides,
    media_types.ODT: open_document,
    media_types.ODS: open_document,
    media_types.ODP: open_document,
    media_types.RTF: open_rich_text,
    media_types.HTML: open_page,
    media_types.EPUB: open_book,
    media_types.TEXT: open_text,
}

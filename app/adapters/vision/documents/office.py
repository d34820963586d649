"""Opens documents and slides of Office Open XML (docx, pptx)."""

from __future__ import annotations

from pathlib import Path

from app.adapters.vision.documents.collector import Rules
from app.adapters.vision.documents.package import opened
from app.adapters.vision.documents.parts import Parts
from app.adapters.vision.frames import Opened

WORD = Rules(
    inside=frozenset({"t"}),
    # Instructions of fields, deleted and moved text; a text box stands twice, for new and for old programs.
    skipped=frozenset({"instrText", "delText", "moveFrom", "Fallback"}),
    blocks=frozenset({"p", "tr"}),
    cells=frozenset({"tc"}),
    marks={"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"},
)
DRAWING = Rules(
    inside=frozenset({"t", "strCache", "text"}),  # letters, names of a chart's rows, old comments
    skipped=frozenset({"fld", "f", "ptCount", "Fallback"}),  # numbers of slides, formulas of charts
    blocks=frozenset({"p", "tr", "pt", "cm"}),
    cells=frozenset({"tc"}),
    marks={"br": "\n"},
)
DRAWINGS = r"(?:charts/chart\d*|diagrams/data\d*)\.xml"


def open_word(path: Path, _max_pixels: int) -> Opened:
    """The body, then headers, footers, footnotes, endnotes, comments, charts and diagrams, each once."""
    with opened(path, "Word document") as package:
        parts = Parts(package)
        for names in (r"document\d*", r"header\d*", r"footer\d*", r"footnotes", r"endnotes", r"comments"):
            parts.xml(package.named(rf"word/{names}\.xml"), WORD)
        parts.xml(package.named(f"word/{DRAWINGS}"), DRAWING)
        return parts.opened("Word document")


def open_slides(path: Path, _max_pixels: int) -> Opened:
    """The slides in order, then their notes, comments, charts and diagrams. pages: slides."""
    with opened(path, "presentation") as package:
        parts = Parts(package)
        slides = package.named(r"ppt/slides/slide\d+\.xml")
        for names in (r"notesslides/notesslide\d+\.xml", r"comments/.*\.xml", DRAWINGS):
            slides += package.named(f"ppt/{names}")
        parts.xml(slides, DRAWING)
        return parts.opened("presentation", len(package.named(r"ppt/slides/slide\d+\.xml")))

"""How many pages of a document are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageLimits:
    """Pages from the first one on. The defaults are those of the settings OCR_PAGES and PDF_TEXT_PAGES."""

    recognised: int = 3  # from their pictures
    texts: int = 200  # of a PDF, whose own text is read

    @property
    def identity(self) -> str:
        """The words that a recipe depends on."""
        return f"pages {self.recognised} {self.texts}"


FIRST = PageLimits(1, 0)  # for a thumbnail

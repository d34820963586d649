"""Opens a plain text in any encoding."""

from __future__ import annotations

from pathlib import Path

from app.adapters.encodings import text_of
from app.adapters.vision.frames import Opened
from app.adapters.vision.tuning import TUNING
from app.domain.reading import Inspection
from app.errors import Permanent

MOST = TUNING.text_limit * 4  # bytes: no encoding takes more for a character


def open_text(path: Path, _max_pixels: int) -> Opened:
    """The text, at most TUNING.text_limit characters. Permanent for an empty file and for bytes that are no text."""
    with path.open("rb") as file:
        data = file.read(MOST)
    if not data.strip():
        raise Permanent("an empty text file")
    found = text_of(data, whole=len(data) < MOST)
    if found is None:
        raise Permanent("no text in any known encoding")
    return Opened((), Inspection(), page_like=True, text=found.text[: TUNING.text_limit])

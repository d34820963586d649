"""Finds the language data of Tesseract, and hashes them."""

from __future__ import annotations

import hashlib
import sys
from functools import lru_cache
from pathlib import Path

from app.errors import UserError

LANGUAGES = ("rus", "eng")
NEEDED = tuple(f"{name}.traineddata" for name in (*LANGUAGES, "osd"))


def find_tessdata(configured: Path | None) -> Path:
    """The folder with all needed files: the configured one, else set-up's, else the system's. UserError if none is."""
    unpacked = Path(sys.prefix) / "share/tessdata"
    system = Path("/usr/share/tesseract-ocr/5/tessdata")
    places = (configured,) if configured else (unpacked, system)
    for place in places:
        if all((place / name).is_file() for name in NEEDED):
            return place
    where = ", ".join(str(place) for place in places)
    raise UserError(f"no OCR data ({', '.join(NEEDED)}) in {where}: run `make setup`, or set OCR_DATA to their folder")


@lru_cache(maxsize=8)
def data_hash(folder: Path) -> str:
    """sha256 (hex) over the needed files: other data give other readings, so the hash is part of the recipe."""
    digest = hashlib.sha256()
    for name in NEEDED:
        digest.update(hashlib.sha256((folder / name).read_bytes()).digest())
    return digest.hexdigest()

"""Finds the language data of Tesseract, and hashes them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.domain.ocr_languages import DEFAULT, package, parse
from app.errors import UserError

LANGUAGES = parse(DEFAULT)
ORIENTATION = "osd"  # tells which side of a page is up
SYSTEM = Path("/usr/share/tesseract-ocr/5/tessdata")


@dataclass(frozen=True)
class Tessdata:
    """A folder that holds the data of these languages, and of orientation."""

    folder: Path
    languages: tuple[str, ...] = LANGUAGES


def find_tessdata(configured: Path | None, languages: tuple[str, ...] = LANGUAGES) -> Tessdata:
    """The first folder with all languages: the configured one, else set-up's, else the system's.

    A folder without one of them is passed over. UserError with the command that brings them if none is left.
    """
    places = (configured,) if configured else (Path(sys.prefix) / "share/tessdata", SYSTEM)
    if found := first_complete(places, languages):
        return found
    raise UserError(_remedy(places, languages, configured))


def first_complete(places: Sequence[Path], languages: tuple[str, ...]) -> Tessdata | None:
    """The first folder that lacks none of the languages, nor orientation."""
    return next((Tessdata(place, languages) for place in places if not _missing(place, languages)), None)


def _missing(place: Path, languages: tuple[str, ...]) -> list[str]:
    return [code for code in (*languages, ORIENTATION) if not (place / _file(code)).is_file()]


def _file(code: str) -> str:
    return f"{code}.traineddata"


def _remedy(places: Sequence[Path], languages: tuple[str, ...], configured: Path | None) -> str:
    lacks = "; ".join(f"{place} lacks {', '.join(map(_file, _missing(place, languages)))}" for place in places)
    wanted = "+".join(languages)
    setup = "make setup" if languages == LANGUAGES else f"make setup OCR_LANGUAGES={wanted}"
    # Set-up fills a folder of its own; where a person named another, only that person can.
    run = f"copy them there, or unset OCR_DATA and run `{setup}`" if configured else f"run `{setup}`"
    packages = " ".join(map(package, (*languages, ORIENTATION)))
    return f"no OCR data for OCR_LANGUAGES={wanted}: {lacks}. Either {run}, or as root `apt-get install {packages}`"


@lru_cache(maxsize=8)
def data_hash(data: Tessdata) -> str:
    """sha256 (hex) over languages in their order and the files: others give other readings and another recipe."""
    digest = hashlib.sha256("+".join(data.languages).encode())
    for code in (*data.languages, ORIENTATION):
        digest.update(hashlib.sha256((data.folder / _file(code)).read_bytes()).digest())
    return digest.hexdigest()

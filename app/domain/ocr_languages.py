"""The languages that OCR reads: how a person writes them, their packages, and the order in which a page meets them."""

from __future__ import annotations

import re

DEFAULT = "rus+eng+ukr"
MOST = 8  # each adds seconds to a start and time to every page
_CODE = re.compile(r"[a-z]{3}(_[a-z]+)*")
_NO_LANGUAGE = frozenset({"osd", "equ"})  # data for orientation and formulas under the same kind of name
_FIRST = "rus"
# Letters that Russian lacks, of languages in the same script.
OWN_LETTERS = {
    "bel": "іў",
    "kaz": "әғқңөұүһі",
    "kir": "ңөү",
    "mkd": "ѓѕјљњќџ",
    "mon": "өү",
    "srp": "ђјљњћџ",
    "tat": "әөүҗңһ",
    "tgk": "ғӣқӯҳҷ",
    "ukr": "іїєґ",
}


class WrongLanguages(ValueError):
    """Why a setting names no languages."""


def parse(text: str) -> tuple[str, ...]:
    """Codes of Tesseract joined by +, each once, in their order. WrongLanguages says what to write instead."""
    codes = tuple(dict.fromkeys(code.strip() for code in text.lower().split("+")))
    for code in codes:
        if not _CODE.fullmatch(code) or code in _NO_LANGUAGE:
            raise WrongLanguages(f"{code!r} is no language: write Tesseract's codes joined by +, such as {DEFAULT}")
    if len(codes) > MOST:
        raise WrongLanguages(f"{len(codes)} languages: every page would take as much longer; write at most {MOST}")
    return codes


def package(code: str) -> str:
    """Debian's package with the data of a language, or of `osd`."""
    return f"tesseract-ocr-{code.replace('_', '-')}"


def passes(codes: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the languages of the first pass, those of a second one where the first met foreign letters, or none).

    With Ukrainian in one pass beside Russian, Russian and English pages are read worse and all pages slower; a page in
    Ukrainian is told from the first pass by its misread letters. The second pass has all languages, its own in front.
    """
    own = tuple(code for code in codes if code in OWN_LETTERS) if _FIRST in codes else ()
    first = tuple(code for code in codes if code not in own)
    return first, (*own, *first) if own else ()

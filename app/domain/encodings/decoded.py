"""Decodes the bytes of a text of unknown encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from app.domain.encodings.guess import STRAY, guess, marked_lines
from app.domain.encodings.universal import faulty_utf8, ideographic, wide

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PADDING = b"\x00\x1a"  # DOS ended its texts with 0x1a and filled the block with zeroes
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # tab, line ends and escape occur in real texts
_STRAYS = 1000  # characters of a text for each control character that it may have by a fault
_FEW = 12  # bytes outside ASCII; fewer look like a text in many encodings

Elsewhere = Callable[[bytes], str | None]


@dataclass(frozen=True)
class Decoded:
    """A text, and the encoding that it was in."""

    text: str
    encoding: str


def decoded(data: bytes, *, whole: bool, elsewhere: Elsewhere | None = None) -> Decoded | None:
    """The text; None for bytes that are no text. whole: whether data is the entire file, not its beginning.

    elsewhere: names the encoding of texts in other scripts than Latin and Cyrillic, None if there is none.
    """
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return _checked(data[len(mark) :], encoding)
    found = _utf8(data, whole) or wide(data)
    if found:
        return _checked(data, found)
    unpadded = data.rstrip(_PADDING) if whole else data
    return _judged(unpadded, whole, elsewhere)


def _utf8(data: bytes, whole: bool) -> str | None:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError:
        return None
    return "utf-8" if _is_clean(text) else None


def _judged(data: bytes, whole: bool, elsewhere: Elsewhere | None) -> Decoded | None:
    """UTF-8 with faults, or a code page: whichever is likely."""
    if _utf8(data, whole) or faulty_utf8(data):
        return _checked(data, "utf-8")
    best = guess(data)
    clean = best.letters > 0 and _is_clean(data.decode("latin-1"))
    if not (clean and best.likely) and best.letters >= _FEW:
        other = ideographic(data) or (elsewhere(marked_lines(data)) if elsewhere else None)
        if other:
            return _checked(data, other)
    if clean and (best.likely or best.letters <= STRAY * len(data)):
        return Decoded(data.decode(best.encoding, "replace"), best.encoding)
    return None


def _checked(data: bytes, encoding: str) -> Decoded | None:
    """Decodes as far as letters are whole: a text cut at a limit may end in the middle of one."""
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data)
    return Decoded(text, encoding) if _is_clean(text) else None


def _is_clean(text: str) -> bool:
    return len(_CONTROL.findall(text)) * _STRAYS <= len(text)

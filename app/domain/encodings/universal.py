"""Unicode without a mark at the start, and UTF-8 with faults in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

MOST = 8192  # bytes judged
FAULTS = 0.25  # of the letters outside ASCII in UTF-8 that may be broken
_WIDE = (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
_LAST_ALPHABET = 0x0600  # Latin, Greek, Cyrillic, Armenian and Hebrew lie below
_SIGNS = re.compile(r"[\u2000-\u2bff\ufe0f\U0001f000-\U0001faff]")  # punctuation, arrows, lines, emoji
_IDEOGRAPHS = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]")
_CJK_SIGNS = re.compile(r"[\n\r -~\u3000-\u303f\uff00-\uffef]")
_FEW = 4  # characters; two or three look like any encoding
_OWN = 0.9  # of the letters outside ASCII that are of one alphabet
_GOOD = 0.97  # of the characters that a text has


def wide(data: bytes) -> str | None:
    """The encoding of a text in UTF-16 or UTF-32 without a mark, in an alphabet; None for other bytes."""
    return _first(data, _is_alphabetic) if b"\x00" in data or b"\x04" in data else None


def ideographic(data: bytes) -> str | None:
    """The same for Chinese, Japanese and Korean; any bytes may look like them, so other encodings come first."""
    return _first(data, _is_ideographic)


def _first(data: bytes, fits: Callable[[str], bool]) -> str | None:
    sample = data[:MOST]
    texts = ((name, _strictly(sample, name, size)) for name, size in _WIDE)
    return next((name for name, text in texts if len(text) >= _FEW and not _CONTROL.search(text) and fits(text)), None)


def _strictly(data: bytes, name: str, size: int) -> str:
    """The text, empty if a letter before the last one is broken."""
    try:
        return data[: len(data) - len(data) % size].decode(name)
    except UnicodeDecodeError as error:
        at_end = error.end >= len(data) - 2 * size  # a cut may have left half a pair
        return data[: error.start].decode(name) if at_end else ""


def _is_alphabetic(text: str) -> bool:
    """Whether nearly all letters are ASCII or of one other alphabet."""
    good = sum(ord(char) < _LAST_ALPHABET for char in text) + len(_SIGNS.findall(text))
    other = Counter(ord(char) >> 8 for char in text if char > "\xff" and char.isalpha())
    assigned = all(char.isalpha() or char < "\u0180" for char in text if ord(char) < _LAST_ALPHABET)
    return good >= _GOOD * len(text) and assigned and (not other or max(other.values()) >= _OWN * other.total())


def _is_ideographic(text: str) -> bool:
    """Whether nearly all characters are ideographs, syllables and their signs, of which any text has some."""
    found, signs = len(_IDEOGRAPHS.findall(text)), len(_CJK_SIGNS.findall(text))
    return found >= 2 * _FEW and signs >= (1 - _GOOD) * len(text) and found + signs >= _GOOD * len(text)


def faulty_utf8(data: bytes) -> bool:
    """Whether the bytes are UTF-8 but for some faults: most of the letters outside ASCII are whole."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(char > "\x7f" for char in text) - broken
    return whole > 0 and broken <= FAULTS * (whole + broken)

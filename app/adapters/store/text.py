"""Recognises text formats: markup, JSON, plain text."""

from __future__ import annotations

import codecs
import json
import re

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")  # tab, line ends and escape occur in real texts
_PREFACE = re.compile(r"\A(?:\s|<!--.*?-->|<\?xml[^>]*\?>)*", re.DOTALL)


def identify(head: bytes, *, whole: bool) -> str | None:
    """The mime of a text; None for other bytes. whole: whether head is the entire file."""
    decoded = _decode(head, whole=whole)
    if decoded is None or not decoded.strip() or _CONTROL.search(decoded):
        return None
    return _markup(decoded) or _json(decoded, whole=whole) or "text/plain"


def _decode(head: bytes, *, whole: bool) -> str | None:
    for mark, encoding in _BOMS:
        if head.startswith(mark):
            return codecs.getincrementaldecoder(encoding)("replace").decode(head[len(mark) :])
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(head, final=whole)
    except UnicodeDecodeError:
        # Older texts with one byte for a letter: any such encoding shows whether control characters occur.
        text = head.decode("latin-1")
        letters = sum(character.isalpha() or character.isspace() for character in text[:4096])
        return text if letters > 0.6 * len(text[:4096]) else None


def _markup(text: str) -> str | None:
    preface = _PREFACE.match(text)
    start = text[preface.end() if preface else 0 :][:64].lower()
    if start.startswith(("<!doctype html", "<html", "<head", "<body")):
        return "text/html"
    if start.startswith(("<svg", "<!doctype svg")):
        return "image/svg+xml"
    return "text/xml" if text.lstrip().startswith("<?xml") else None


def _json(text: str, *, whole: bool) -> str | None:
    if text.lstrip()[:1] not in ("{", "["):
        return None
    if not whole:
        # Too long to parse here: a key or a value right after the bracket is enough.
        return "application/json" if re.match(r"\s*[{\[]\s*(?:[\"{\[\]}\d-]|true|false|null)", text) else None
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return "application/json"

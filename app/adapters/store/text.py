"""Recognises text formats: markup, JSON, plain text."""

from __future__ import annotations

import json
import re

from app.adapters.encodings import text_of

_PREFACE = re.compile(r"\A(?:\s|<!--.*?-->|<\?xml[^>]*\?>)*", re.DOTALL)
_PAGE = ("<!doctype html", "<html", "<head", "<body", "<meta", "<title", "<table", "<div", "<font", "<center")


def identify(head: bytes, *, whole: bool) -> str | None:
    """The mime of a text; None for other bytes. whole: whether head is the entire file."""
    found = text_of(head, whole=whole)
    if found is None or not found.text.strip():
        return None
    return _markup(found.text) or _json(found.text, whole=whole) or "text/plain"


def _markup(text: str) -> str | None:
    preface = _PREFACE.match(text)
    start = text[preface.end() if preface else 0 :][:64].lower()
    if start.startswith(_PAGE):
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

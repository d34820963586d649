"""Publications as rows of CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

from app.domain.export.lines import iso
from app.domain.export.records import Record

COLUMNS = (
    *("id", "channel", "channel_title", "permalink", "revision", "album"),
    *("posted_at", "first_seen_at", "last_seen_at", "edited_at", "deleted_at"),
    *("text", "tags", "forwarded_from", "media", "sha256", "classes", "descriptions", "words"),
)
# Signs that begin a formula, full-width forms included (East Asian spreadsheets take them for the plain ones).
FORMULA = frozenset("=+-@＝＋－＠")
# Tab and carriage return begin one in some programs by themselves.
CONTROL = frozenset("\t\r\n")
QUOTES = frozenset("\"'`‘’“”«»")
DEFUSED = "'"  # spreadsheets take the rest of the cell for text


def defused(text: str) -> str:
    """The text with an apostrophe in front where a spreadsheet may take it for a formula.

    It may if its first sign is a tab or a line end, or if a formula begins behind white space, quotes and invisible
    signs, which programs strip.
    """
    return DEFUSED + text if text[:1] in CONTROL and text else _behind(text)


def _behind(text: str) -> str:
    first = next((sign for sign in text if not _is_skipped(sign)), "")
    return DEFUSED + text if first in FORMULA and first else text


def _is_skipped(sign: str) -> bool:
    return sign.isspace() or sign in QUOTES or unicodedata.category(sign) in ("Cf", "Cc", "Zs")


def to_row(record: Record) -> str:
    """One row with its line end (RFC 4180)."""
    return row(_cells(record))


def header() -> str:
    """The row of names."""
    return row(COLUMNS)


def row(cells: Sequence[str]) -> str:
    """Cells as a row: each in quotes, its formula defused. NUL, which readers refuse, is left out."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([defused(cell.replace("\0", "")) for cell in cells])
    return text.getvalue()


def _cells(record: Record) -> list[str]:
    media = list(record.media)
    readings = [one.reading for one in media if one.reading]
    times = (record.posted_at, record.first_seen_at, record.last_seen_at, record.edited_at, record.deleted_at)
    return [
        str(record.id),
        record.channel.username or str(record.channel.telegram_id or ""),
        record.channel.title,
        record.permalink or "",
        str(record.revision),
        record.album or "",
        *(iso(one) or "" for one in times),
        record.text,
        _lines(record.tags),
        _lines(_origin(post.forward) for post in record.posts if post.forward),
        _lines(one.path or "" for one in media),
        _lines(one.sha256 or "" for one in media),
        _lines(one.classification for one in readings),
        _lines(one.description or "" for one in readings),
        _lines(one.words for one in readings),
    ]


def _origin(forward: object) -> str:
    told = forward if isinstance(forward, dict) else {}
    return str(told.get("from_name") or told.get("from_telegram_id") or "")


def _lines(values: Iterable[str]) -> str:
    """Values, one in a line; each once."""
    return "\n".join(dict.fromkeys(filter(None, values)))

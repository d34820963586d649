"""Renders publications as pages, and the parts of the index that the pages' own search reads."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel.dates import format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app.adapters.exports.html.words import WORDS
from app.domain.export.lines import iso
from app.domain.export.plan import Counts, Plan
from app.domain.export.records import MediumRecord, Record

HERE = Path(__file__).parent
STATIC = ("page.css", "search.js")
# Types that a browser shows by itself and runs nothing in.
SHOWN = {
    "image": frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "image/avif", "image/bmp"}),
    "video": frozenset({"video/mp4", "video/webm", "video/ogg", "video/quicktime"}),
    "audio": frozenset({"audio/mpeg", "audio/mp4", "audio/ogg", "audio/aac", "audio/flac", "audio/x-wav"}),
}


def page(plan: Plan, records: Sequence[Record], number: int, *, more: bool) -> Iterator[str]:
    """A page of publications, in pieces. more: whether another page follows."""
    template = _environment(plan.language).get_template("page.html")
    return template.generate(root="../", query=plan.query, records=records, number=number, more=more)


def index(plan: Plan, counts: Counts, pages: Iterable[Mapping[str, Any]], shards: int) -> Iterator[str]:
    """The first page, in pieces. pages: as `summary` has them. shards: number of the parts of the index."""
    template = _environment(plan.language).get_template("index.html")
    return template.generate(root="", query=plan.query, about=plan, counts=counts, pages=pages, shards=shards)


def summary(records: Sequence[Record], number: int) -> dict[str, Any]:
    """A page as the first page lists it."""
    days = [one.posted_at.astimezone(UTC).date().isoformat() if one.posted_at else None for one in records]
    return {"page": number, "newest": days[0], "oldest": days[-1]}


def shard(rows: Iterable[tuple[int, Record]]) -> Iterator[str]:
    """A part of the index as a script. rows: publications with the numbers of their pages."""
    yield "exported([\n"
    for place, (number, record) in enumerate(rows):
        row = [number, record.id, _moment(record.posted_at), record.channel.title, _texts(record)]
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        # Line ends in texts of JavaScript before 2019.
        yield ("," if place else "") + text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029") + "\n"
    yield "]);\n"


def _texts(record: Record) -> str:
    readings = [one.reading for one in record.media if one.reading]
    beside = [str(said.get("text", "")) for post in record.posts for said in post.words]
    read = [text for one in readings for text in (one.description or "", one.words)]
    return "\n".join(filter(None, (record.text, *beside, *read, *record.tags)))


def _moment(at: datetime | None, language: str = "en") -> str:
    return format_datetime(at.astimezone(UTC), "d MMM y, HH:mm 'UTC'", locale=language) if at else ""


def _shown(medium: MediumRecord, kind: str) -> bool:
    return medium.mime in SHOWN[kind]


@lru_cache
def _environment(language: str) -> Environment:
    """The templates in a language. Every value is escaped, and one that a page does not have is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    made.globals.update(
        language=language, w=WORDS[language], iso=iso, shown=_shown, moment=lambda at: _moment(at, language)
    )
    return made

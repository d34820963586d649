"""Exports without an archive: made-up publications, written by the real files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from app.adapters.exports.files import ExportTree
from app.adapters.store.files import FileStore
from app.domain.export.plan import Closing, Counts, Format, Part, Plan
from app.domain.export.records import ChannelRecord, MediumRecord, PostRecord, ReadingRecord, Record

MADE = datetime(2026, 11, 30, 12, tzinfo=UTC)
JPEG = b"\xff\xd8\xff\xe0 not much of a picture"


def medium(data: bytes = JPEG, **changes: object) -> MediumRecord:
    """A picture with a reading."""
    reading = ReadingRecord(1, "local test", "photo", False, "A ferry", ("ship",), "РЕЙС 07:15", "ru")
    name, size = sha256(data).hexdigest(), len(data)
    made = MediumRecord(
        "photo", "own", name, size, "image/jpeg", ".jpg", 8, 8, None, None, None, None, MADE, MADE, reading
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def record(number: int, text: str = "", *media: MediumRecord) -> Record:
    """A lone post of @news."""
    at, link = MADE - timedelta(minutes=number), f"https://t.me/news/{number}"
    words = text or f"Publication {number}"
    post = PostRecord(number, link, at, at, at, None, None, words, (), (), None, None, 5, 0, media)
    channel = ChannelRecord("News", "news", 1)
    return Record(number, link, channel, at, at, at, None, None, 1, None, words, ("ferry",), (post,))


def stored(store: FileStore, data: bytes = JPEG) -> None:
    """Bytes in the store."""
    incoming = store.incoming()
    incoming.write(data)
    incoming.finish()


def plan(directory: str = "2026-11-30-test", formats: Sequence[Format] = tuple(Format), language: str = "en") -> Plan:
    """A plan of all formats."""
    return Plan(directory, "ferry", tuple(formats), True, language, "anna", MADE)


def written(home: Path, *parts: Sequence[Record], given: Plan | None = None) -> Path:
    """A whole export below a home, in these parts; its directory."""
    tree = ExportTree(home / "exports", home / "secrets", FileStore(home / "media"))
    given = given or plan()
    known: dict[str, str | None] = {}
    names, page, size = [], 1, 0
    for number, records in enumerate(parts):
        part = Part(given, number, "a" * 16, tuple(records), dict(known), page, number == len(parts) - 1)
        made = tree.write(part)
        known |= made.files
        names.append(part.name)
        page, size = page + made.pages, size + made.size
    amount = sum(map(len, parts))
    tree.close(Closing(given, tuple(names), Counts(amount, amount, len(known), page - 1, size)))
    return tree.path(given.directory)

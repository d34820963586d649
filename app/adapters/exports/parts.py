"""Writes a part of an export: its publications in each format, its media, and its lines of the manifest."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app import guards
from app.adapters.exports import tree
from app.adapters.exports.html import render
from app.domain.export import cells, lines, manifest
from app.domain.export.manifest import Entry
from app.domain.export.plan import PAGE, SECONDS, Format, Part, PartWritten
from app.domain.export.records import MediumRecord, Record
from app.ports import MediaStore

LOST = "the store has lost it, or its bytes are damaged: `media-audit verify` names it"
# Files of a part that closing joins: one file for all parts, or lines of one.
POSTS, TABLE = "posts.jsonl", "posts.csv"
ENTRIES, SUMS, PAGES = "manifest.part", "sums.part", "pages.part"


@dataclass
class Files:
    """The files of one attempt at a part. entries: those that the manifest lists; size: bytes of all."""

    directory: Path
    entries: list[Entry] = field(default_factory=list)
    size: int = 0

    def listed(self, path: str, pieces: Iterator[str]) -> None:
        """Writes a file that the export holds as it is."""
        made = tree.write_text(self.directory / path, pieces)
        self.add(Entry(path, made.size, made.sha256))

    def joined(self, name: str, pieces: Iterator[str]) -> None:
        """Writes the part of a file that closing joins."""
        self.size += tree.write_text(self.directory / name, pieces).size

    def add(self, entry: Entry) -> None:
        """Lists a file that is at its place."""
        self.entries.append(entry)
        self.size += entry.size


def write_part(root: Path, store: MediaStore, part: Part) -> PartWritten:
    """Writes publications until all are written or the time is up, one at least. root: of the parts."""
    files = Files(root / part.name)
    places: dict[str, str | None] = {}
    records = list(_placed(part, store, files, places))
    pages = _write(part, records, files)
    _write_lists(files)
    posts = sum(len(one.posts) for one in records)
    return PartWritten(len(records), posts, pages, places, files.size)


def _placed(part: Part, store: MediaStore, files: Files, places: dict[str, str | None]) -> Iterator[Record]:
    """The publications with the places of their media, which are put there."""
    left = guards.seconds_left()
    until = time.monotonic() + (SECONDS if left is None else min(SECONDS, left / 4))
    for number, record in enumerate(part.records):
        if number and time.monotonic() > until:
            return
        if part.plan.media:
            _add_media(part, store, files, places, record)
        yield record.with_files({**part.known, **places}, LOST)


def _add_media(part: Part, store: MediaStore, files: Files, places: dict[str, str | None], record: Record) -> None:
    for medium in record.media:
        if medium.sha256 is not None and medium.sha256 not in part.known and medium.sha256 not in places:
            entry = _kept(store, files.directory, record, medium, medium.sha256)
            places[medium.sha256] = entry.path if entry else None
            if entry:
                files.add(entry)


def _kept(store: MediaStore, directory: Path, record: Record, medium: MediumRecord, sha256: str) -> Entry | None:
    """Puts a file of the store at its place; None for one that is lost or damaged: its name is its hash."""
    place = manifest.place_of(sha256, medium.extension)
    try:
        source = store.path(sha256)
    except FileNotFoundError:
        return None
    tree.linked(source, directory / place)
    made = tree.measured(directory / place)
    if made.sha256 != sha256:
        (directory / place).unlink()
        return None
    times = (medium.first_posted_at, medium.last_posted_at)
    return Entry(place, made.size, sha256, record.permalink, record.revision, *times)


def _write(part: Part, records: Sequence[Record], files: Files) -> int:
    """Writes the publications in the formats of the plan; returns the number of pages."""
    formats = part.plan.formats
    if Format.JSONL in formats:
        files.joined(POSTS, (lines.to_line(one) + "\n" for one in records))
    if Format.CSV in formats:
        files.joined(TABLE, map(cells.to_row, records))
    return _write_pages(part, records, files) if Format.HTML in formats else 0


def _write_pages(part: Part, records: Sequence[Record], files: Files) -> int:
    cut = [records[start : start + PAGE] for start in range(0, len(records), PAGE)]
    ends = part.last and len(records) == len(part.records)
    for number, some in enumerate(cut, part.page):
        more = not (ends and number == part.page + len(cut) - 1)
        files.listed(f"pages/{number:05}.html", render.page(part.plan, some, number, more=more))
    numbered = ((number, one) for number, some in enumerate(cut, part.page) for one in some)
    files.listed(f"search/{part.number + 1:05}.js", render.shard(numbered))
    told = (manifest.compact(render.summary(some, number)) + "\n" for number, some in enumerate(cut, part.page))
    tree.write_text(files.directory / PAGES, told)
    return len(cut)


def _write_lists(files: Files) -> None:
    tree.write_text(files.directory / ENTRIES, (manifest.to_line(one) + "\n" for one in files.entries))
    tree.write_text(files.directory / SUMS, (manifest.sums_line(one.path, one.sha256) for one in files.entries))

"""The plan of an export, its parts, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.export.records import Record

PORTION = 500  # publications that are read at once; some megabytes
PAGE = 100  # publications of a page of HTML: a browser shows it at once, pictures as they come into view
SECONDS = 60.0  # after which a part ends and its lease with it: large files must not outlast a lease


class Format(StrEnum):
    """The forms in which publications are written."""

    JSONL = "jsonl"
    CSV = "csv"
    HTML = "html"


class ExportState(StrEnum):
    """The state of an export, by its row of work."""

    MAKING = "making"
    WAITING = "waiting"  # for a disk, with its reason
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Plan:
    """An export as its files need it. directory: its name below exports/. query: as it was written."""

    directory: str
    query: str
    formats: tuple[Format, ...]
    media: bool
    language: str  # of the HTML
    made_by: str
    made_at: datetime


@dataclass(frozen=True)
class Part:
    """Publications to write. known: files of earlier parts by sha256, with their places; None for one that was lost.

    token: of the lease. Each attempt writes into a directory of its own, so that no late worker changes the files of
    another. page: number of the first page of HTML. last: whether no publication follows.
    """

    plan: Plan
    number: int
    token: str
    records: tuple[Record, ...]
    known: Mapping[str, str | None]
    page: int
    last: bool

    @property
    def name(self) -> str:
        """Its directory below parts/."""
        return f"{self.number:06}-{self.token}"


@dataclass(frozen=True)
class PartWritten:
    """The result. publications: those written, from the first on; fewer than given where time was up.

    files: places of the media by sha256 that no earlier part has. size: bytes of all its files.
    """

    publications: int
    posts: int
    pages: int
    files: Mapping[str, str | None]
    size: int


@dataclass(frozen=True)
class Counts:
    """Numbers of an export. size: bytes."""

    publications: int
    posts: int
    media: int
    pages: int
    size: int


@dataclass(frozen=True)
class Closing:
    """An export whose parts are written. parts: their directories, in order."""

    plan: Plan
    parts: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True)
class Closed:
    """A finished export: number and bytes of its files, the one about the export left out."""

    files: int
    size: int

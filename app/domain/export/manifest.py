"""The manifest of an export: one line for each file, and the paths that it may name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.domain.export.lines import iso

VERSION = 1
MANIFEST, SIGNATURE, PUBLIC_KEY, SUMS = "manifest.jsonl", "manifest.sig", "public.pem", "SHA256SUMS"
ABOUT = "export.json"
# Files that the manifest cannot list: itself, and those that are made from it.
UNLISTED = frozenset({MANIFEST, SIGNATURE, PUBLIC_KEY, SUMS})
# Directories and names of an export: nothing that leads elsewhere, or that a shell or another system reads otherwise.
PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}/){0,4}[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
HASH = re.compile("[0-9a-f]{64}")
LONGEST = 20_000  # characters of a line; no export writes more, and a reader keeps one line in memory
EXTENSION = re.compile(r"\.[a-z0-9]{1,8}")
# Browsers run scripts in these: a second extension makes them texts.
ACTIVE = frozenset({".html", ".htm", ".xhtml", ".svg", ".xml", ".mhtml"})


@dataclass(frozen=True)
class Entry:
    """A file of an export. size: bytes. permalink, revision: of the publication that brought it.

    first_seen_at, last_seen_at: when the file was posted first and last, in all the archive.
    """

    path: str
    size: int
    sha256: str
    permalink: str | None = None
    revision: int | None = None
    first_seen_at: datetime | None = None
    last_seen_at: datetime | None = None


class WrongManifest(ValueError):
    """A line that no export writes. Its text says why."""


def place_of(sha256: str, extension: str) -> str:
    """The path of a medium. extension: by content; one that is none is left out."""
    named = extension if EXTENSION.fullmatch(extension) else ""
    return f"media/{sha256[:2]}/{sha256}{named}{'.txt' if named in ACTIVE else ''}"


def to_line(entry: Entry) -> str:
    """The entry as JSON; values that it lacks are left out."""
    told = asdict(entry) | {"first_seen_at": iso(entry.first_seen_at), "last_seen_at": iso(entry.last_seen_at)}
    return compact({name: value for name, value in told.items() if value is not None})


def compact(value: Mapping[str, Any]) -> str:
    """JSON in one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def sums_line(path: str, sha256: str) -> str:
    """The line of a file as `sha256sum` writes and reads it."""
    return f"{sha256}  {path}\n"


def to_entry(line: str) -> Entry:
    """The file of a line: path, size and hash. WrongManifest for a line that no export writes."""
    told = to_values(line)
    path, size, sha256 = told.get("path"), told.get("size"), told.get("sha256")
    if not isinstance(path, str) or not PATH.fullmatch(path) or path in UNLISTED:
        raise WrongManifest(f"the path {str(path)[:100]!r} is none of an export")
    if type(size) is not int or size < 0 or not isinstance(sha256, str) or not HASH.fullmatch(sha256):
        raise WrongManifest(f"{path} has no size or no SHA-256")
    return Entry(path, size, sha256)


def to_values(line: str) -> dict[str, Any]:
    """The JSON object of a line. WrongManifest for any other text."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise WrongManifest("a line is no JSON") from None
    if not isinstance(told, dict):
        raise WrongManifest("a line is no JSON object")
    return told

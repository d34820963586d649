"""Files of an export on their way to the disk: whole or absent, with their hashes."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from app.errors import MediaAuditError, Withheld

CHUNK = 1024 * 1024  # bytes that are in memory at once
PAUSE = 60.0  # seconds before a retry on a disk that is full or closed: the operator has to act
LINKLESS = frozenset({errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EACCES, errno.ENOSYS})


@dataclass(frozen=True)
class Measured:
    """Size in bytes and SHA-256 of a file."""

    size: int
    sha256: str


@contextmanager
def writable(root: Path) -> Iterator[None]:
    """Raises Withheld while the disk is full, closed or failing: the export waits for its repair, and goes on."""
    try:
        yield
    except MediaAuditError:
        raise
    except OSError as error:
        raise Withheld(f"cannot write exports to {root}: {error.strerror or error}", PAUSE) from error


def write_text(path: Path, pieces: Iterable[str]) -> Measured:
    """Writes a file of text."""
    # Half a surrogate pair is no UTF-8: it becomes a question mark.
    return write(path, (piece.encode("utf-8", "replace") for piece in pieces))


def write(path: Path, pieces: Iterable[bytes]) -> Measured:
    """Writes a file as a whole: under another name first."""
    digest, size = hashlib.sha256(), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.part")
    with fresh.open("wb") as file:
        for data in pieces:
            size += file.write(data)
            digest.update(data)
    fresh.replace(path)
    return Measured(size, digest.hexdigest())


def joined(path: Path, head: str, sources: Iterable[Path]) -> Measured:
    """Writes a file out of a head and others."""
    return write(path, chain([head.encode()], *map(chunks, sources)))


def chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file."""
    with path.open("rb") as file:
        while data := file.read(CHUNK):
            yield data


def measured(path: Path) -> Measured:
    """Reads a file for its hash."""
    digest, size = hashlib.sha256(), 0
    for data in chunks(path):
        digest.update(data)
        size += len(data)
    return Measured(size, digest.hexdigest())


def linked(source: Path, place: Path) -> None:
    """Puts a file of the store at its place: as a hard link, or as a copy where the disk has none."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    try:
        os.link(source, place)
    except OSError as error:
        if error.errno not in LINKLESS:
            raise
        shutil.copyfile(source, place)


def moved(source: Path, place: Path) -> None:
    """Moves a file; done before, it is there already."""
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.replace(place)
    except FileNotFoundError:
        if not place.is_file():
            raise

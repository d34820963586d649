"""A whole export as one tar archive, made while it is sent: nothing of it is kept in memory or on the disk."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path

from app.exports.checks.opened import walk

CHUNK = 256 * 1024  # bytes
BLOCK = 512  # bytes; tar fills each file up to whole blocks, and ends with two empty ones


def tar(directory: Path) -> Iterator[bytes]:
    """The archive in pieces: a directory of the export's name with all files. OSError if they go away meanwhile."""
    for path, regular in walk(directory):
        if regular:
            yield from _file(directory / path, f"{directory.name}/{path}")
    yield bytes(2 * BLOCK)


def _file(path: Path, name: str) -> Iterator[bytes]:
    with path.open("rb") as file:
        info = tarfile.TarInfo(name)
        info.size, info.mtime, info.mode = path.stat().st_size, int(path.stat().st_mtime), 0o644
        yield info.tobuf(tarfile.PAX_FORMAT)
        while data := file.read(CHUNK):
            yield data
    yield bytes(-info.size % BLOCK)

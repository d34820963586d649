"""A tree of files that are either whole and synced to disk, or absent: root/ab/cd/NAME, written by way of root/tmp."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from app.errors import MediaAuditError, Withheld

STALE_SECONDS = 3600.0  # since the last write: no running download pauses that long
# Of one file that another process took away, or of a process with too many files: not of the tree.
OTHERS = frozenset({errno.ENOENT, errno.EMFILE, errno.EBADF, errno.EINTR})
PAUSE = 60.0  # seconds before a retry on a disk that is not writable: the operator has to act
HEX = frozenset("0123456789abcdef")


class Tree:
    """Writes into one tree. Any number of threads and processes may share a root."""

    def __init__(self, root: Path) -> None:
        """root: the first write creates it."""
        self._root = root
        self._tmp = root / "tmp"  # on the tree's own file system, because a rename is atomic only within one
        self._swept = 0.0
        self._durable: set[Path] = set()

    def temporary(self) -> Path:
        """A fresh path on the tree's file system for an incoming file. Also removes abandoned temporary files."""
        with writable(self._root):
            self._tmp.mkdir(parents=True, exist_ok=True)
            self._sweep()
        return self._tmp / f"{uuid4().hex}.part"

    def move(self, files: Sequence[tuple[Path, Path]]) -> None:
        """Moves synced temporary files to their places, which are in one directory. Replaces files that are there."""
        directory = files[0][1].parent
        with writable(self._root):
            self._make_directory(directory)
            for source, place in files:
                source.replace(place)
            sync_directory(directory)

    def _make_directory(self, directory: Path) -> None:
        """Makes the directory and syncs its parents: without that, a crash could lose its entry.

        Once in a process, also for a directory that exists: the process that made it may have crashed before syncing.
        """
        if directory in self._durable:
            return
        directory.mkdir(parents=True, exist_ok=True)
        for parent in (directory.parent, self._root, self._root.parent):
            sync_directory(parent)
        self._durable.add(directory)

    def _sweep(self) -> None:
        now = time.time()
        if now - self._swept < STALE_SECONDS / 4:
            return
        self._swept = now
        for path in self._tmp.glob("*.part"):
            with suppress(FileNotFoundError):  # its writer, or another process here, was faster
                if now - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()


def place_of(root: Path, sha256: str) -> Path:
    """The path of the file with that hash. ValueError for any other string."""
    if len(sha256) != 64 or not set(sha256) <= HEX:
        raise ValueError(f"not a sha256 in lower-case hex: {sha256!r}")
    return root / sha256[:2] / sha256[2:4] / sha256


def directories(root: Path) -> Iterator[Path]:
    """The directories that hold the files of a tree, in order."""
    for first in _hex(root):
        yield from _hex(first)


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Raises Withheld while the disk is full, closed, failing or in use for other things: work waits for its repair."""
    try:
        yield
    except MediaAuditError:
        raise
    except OSError as error:
        if error.errno in OTHERS:
            raise
        raise Withheld(f"cannot write to the media store at {path}: {error.strerror}", PAUSE) from error


def sync_directory(directory: Path) -> None:
    """Makes the entries of a directory durable, also those that are gone."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hex(directory: Path) -> list[Path]:
    """The directories with names of two hexadecimal digits."""
    with suppress(FileNotFoundError, NotADirectoryError):
        return sorted(path for path in directory.iterdir() if len(path.name) == 2 and set(path.name) <= HEX)
    return []

"""The file store: content-addressed files root/ab/cd/<sha256>, either whole and synced to disk, or absent.

Names have no extension: they depend on the bytes alone, never on text from the sender, and a better recogniser of types
never renames a file. Type and extension are columns of the database.
"""

from __future__ import annotations

import errno
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from app.adapters.store.types import identify
from app.domain.messages import StoredFile
from app.errors import MediaAuditError, Withheld

STALE_SECONDS = 3600.0  # since the last write: no running download pauses that long
# Of one file that another process took away, or of a process with too many files: not of the store.
OTHERS = frozenset({errno.ENOENT, errno.EMFILE, errno.EBADF, errno.EINTR})
PAUSE = 60.0  # seconds before a retry on a store that is not writable: the operator has to act


class FileStore:
    """The MediaStore port on a local or mounted file system. Any number of threads and processes may share a root."""

    def __init__(self, root: Path) -> None:
        """root: the first write creates it."""
        self._root = root
        self._tmp = root / "tmp"  # on the store's own file system, because a rename is atomic only within one
        self._swept = 0.0
        self._durable: set[Path] = set()

    def path(self, sha256: str) -> Path:
        """A local path with the file's bytes (FileNotFoundError if absent)."""
        path = self._place(sha256)
        if not path.is_file():
            raise FileNotFoundError(errno.ENOENT, "not in the media store", str(path))
        return path

    def temporary(self) -> Path:
        """A fresh path on the store's file system for an incoming file. Also removes abandoned temporary files."""
        with writable(self._root):
            self._tmp.mkdir(parents=True, exist_ok=True)
            self._sweep()
        return self._tmp / f"{uuid4().hex}.part"

    def incoming(self) -> Incomplete:
        """A new file to write piece by piece, with a running hash. Any number of writers may store the same bytes."""
        return Incomplete(self, self.temporary())

    def _adopt(self, source: Path, sha256: str) -> StoredFile:
        """Moves a synced file with that hash to its place."""
        place = self._place(sha256)
        with writable(self._root):
            size = source.stat().st_size
            kind = identify(source)
            self._make_directory(place.parent)
            # Replaces an existing file, too: it may be a copy that a failing disk truncated.
            source.replace(place)
            _sync_directory(place.parent)
        return StoredFile(sha256, size, kind.mime, kind.extension)

    def _place(self, sha256: str) -> Path:
        return place_of(self._root, sha256)

    def _make_directory(self, directory: Path) -> None:
        """Makes the directory and syncs its parents: without that, a crash could lose its entry.

        Once in a process, also for a directory that exists: the process that made it may have crashed before syncing.
        """
        if directory in self._durable:
            return
        directory.mkdir(parents=True, exist_ok=True)
        for parent in (directory.parent, self._root, self._root.parent):
            _sync_directory(parent)
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


class Incomplete:
    """A file on its way into the store. Pieces come in order; the store shows nothing of it before finish()."""

    def __init__(self, store: FileStore, path: Path) -> None:
        self._store = store
        self._path = path
        self._hash = hashlib.sha256()
        self.size = 0  # bytes written and hashed
        with writable(store._root):
            self._stream = path.open("xb", buffering=0)

    def write(self, piece: bytes) -> None:
        """Appends a piece."""
        self._hash.update(piece)
        rest = memoryview(piece)
        with writable(self._store._root):
            while rest:
                rest = rest[self._stream.write(rest) :]
        self.size += len(piece)

    def finish(self) -> StoredFile:
        """Syncs the file and moves it to its place."""
        with writable(self._store._root):
            os.fsync(self._stream.fileno())
        self._stream.close()
        return self._store._adopt(self._path, self._hash.hexdigest())

    def discard(self) -> None:
        """Removes the temporary file; harmless after finish()."""
        self._stream.close()
        with suppress(OSError):
            self._path.unlink()


def place_of(root: Path, sha256: str) -> Path:
    """The path of the file with that hash. ValueError for any other string."""
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise ValueError(f"not a sha256 in lower-case hex: {sha256!r}")
    return root / sha256[:2] / sha256[2:4] / sha256


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


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

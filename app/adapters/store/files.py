"""The file store: content-addressed files root/ab/cd/<sha256>, either whole and synced to disk, or absent.

Names have no extension: they depend on the bytes alone, never on text from the sender, and a better recogniser of types
never renames a file. Type and extension are columns of the database.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path

from app.adapters.store.tree import Tree, place_of, writable
from app.adapters.store.types import identify
from app.domain.messages import StoredFile


class FileStore:
    """The MediaStore port on a local or mounted file system. Any number of threads and processes may share a root."""

    def __init__(self, root: Path) -> None:
        """root: the first write creates it."""
        self._root = root
        self._tree = Tree(root)

    def path(self, sha256: str) -> Path:
        """A local path with the file's bytes (FileNotFoundError if absent)."""
        path = self._place(sha256)
        if not path.is_file():
            raise FileNotFoundError(errno.ENOENT, "not in the media store", str(path))
        return path

    def temporary(self) -> Path:
        """A fresh path on the store's file system for an incoming file. Also removes abandoned temporary files."""
        return self._tree.temporary()

    def incoming(self) -> Incomplete:
        """A new file to write piece by piece, with a running hash. Any number of writers may store the same bytes."""
        return Incomplete(self, self.temporary())

    def _adopt(self, source: Path, sha256: str) -> StoredFile:
        """Moves a synced file with that hash to its place."""
        place = self._place(sha256)
        with writable(self._root):
            size = source.stat().st_size
            kind = identify(source)
        # Replaces an existing file, too: it may be a copy that a failing disk truncated.
        self._tree.move([(source, place)])
        return StoredFile(sha256, size, kind.mime, kind.extension)

    def _place(self, sha256: str) -> Path:
        return place_of(self._root, sha256)


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

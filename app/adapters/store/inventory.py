"""The inventory of the media store: verifies files against their names, finds stray files, moves bad ones aside."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from app.adapters.store.tree import STALE_SECONDS, directories, place_of, sync_directory, writable
from app.ports import Strange

QUARANTINE = "quarantine"
MANY = 1_000  # names in one list
IDLE_SECONDS = 120.0  # since the last write: a download that goes on writes oftener
PIECE = 1 << 20  # bytes to compare at once


class Inventory:
    """The MediaArchive port on the file system of a FileStore."""

    def __init__(self, root: Path) -> None:
        """root: directory of the store."""
        self._root = root

    def there(self) -> bool:
        """Whether the store holds any file: an empty mount point does not mean that the store lost its files."""
        return any(directories(self._root))

    def problem(self, sha256: str, size: int, *, fast: bool) -> str | None:
        """The fault of a file; None if it is whole. fast: check the size only."""
        path = place_of(self._root, sha256)
        try:
            found = path.stat().st_size
            if found != size:
                return f"{found:,} bytes instead of {size:,}"
            if not fast and _digest(path) != sha256:
                return "other bytes than its name says"
        except FileNotFoundError:
            return "missing"
        except OSError as error:
            return f"cannot be read: {error.strerror}"
        return None

    def names(self) -> Iterator[list[str]]:
        """The names of all stored files, MANY at a time: most of the 65,536 directories hold only a few."""
        found: list[str] = []
        for directory in directories(self._root):
            found += sorted(entry.name for entry in os.scandir(directory) if entry.is_file(follow_symlinks=False))
            if len(found) >= MANY:
                yield found
                found = []
        if found:
            yield found

    def strange(self, name: str) -> Strange | None:
        """The file with this name, which no row names; None if it is gone or so new that a step may be storing it."""
        with suppress(OSError, ValueError):
            path = place_of(self._root, name)
            found = path.stat()
            if time.time() - found.st_mtime > STALE_SECONDS:
                return Strange(name, found.st_size)
        return None

    def abandoned(self) -> list[str]:
        """Temporary files without a write for an hour."""
        now, found = time.time(), []
        for path in (self._root / "tmp").glob("*.part"):
            with suppress(FileNotFoundError):
                if now - path.stat().st_mtime > STALE_SECONDS:
                    found.append(path.name)
        return sorted(found)

    def set_aside(self, sha256: str) -> bool:
        """Moves a file into the quarantine under the root, where we neither find nor delete it; whether it existed.

        A file that was stored again since the check stays.
        """
        return self._aside(place_of(self._root, sha256))

    def set_aside_temporary(self, name: str) -> bool:
        """Moves an abandoned temporary file into the quarantine; whether it existed."""
        return self._aside(self._root / "tmp" / Path(name).name)

    def erase(self, sha256: str) -> bool:
        """Deletes a file, its copies in quarantine, and temporary files that hold its beginning."""
        place = place_of(self._root, sha256)
        gone = [*self._beginnings(place), *(self._root / QUARANTINE).glob(f"{sha256}.*"), place]
        with writable(self._root):
            found = [path for path in gone if _deleted(path)]
        for directory in {path.parent for path in found}:
            sync_directory(directory)
        return bool(found)

    def stored_between(self, first: float, last: float) -> list[str]:
        """The names of files by their times. Looks only into directories that changed since the first moment."""
        changed = (one for one in directories(self._root) if one.stat().st_mtime >= first)
        return sorted(
            entry.name
            for directory in changed
            for entry in os.scandir(directory)
            if entry.is_file(follow_symlinks=False) and first <= entry.stat().st_mtime <= last
        )

    def _beginnings(self, place: Path) -> Iterator[Path]:
        """Abandoned temporary files, set aside or not, whose bytes are those with which the file begins."""
        if not place.is_file():
            return
        old = time.time() - IDLE_SECONDS
        for path in (*(self._root / "tmp").glob("*.part"), *(self._root / QUARANTINE).glob("*.part.*")):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < old and _begins_with(place, path):
                    yield path

    def _aside(self, path: Path) -> bool:
        target = self._root / QUARANTINE / f"{path.name}.{time.time_ns()}"
        try:
            seen = path.stat()
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
        except FileNotFoundError:
            return False
        moved = target.stat()
        if (moved.st_ino, moved.st_mtime_ns) == (seen.st_ino, seen.st_mtime_ns):
            return True
        with suppress(FileExistsError):  # another new file is in its place
            os.link(target, path)
            target.unlink()
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, hashlib.sha256).hexdigest()


def _deleted(path: Path) -> bool:
    with suppress(FileNotFoundError):
        path.unlink()
        return True
    return False


def _begins_with(whole: Path, part: Path) -> bool:
    """Whether a file's first bytes are those of another file, which may end early."""
    with whole.open("rb") as one, part.open("rb") as other:
        while piece := other.read(PIECE):
            if one.read(len(piece)) != piece:
                return False
    return True

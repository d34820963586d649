"""The tree of thumbnails: root/ab/cd/<sha256>-<width>.webp. All of it can be made again from the store."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from app.adapters.store.tree import Tree, directories, place_of, writable
from app.adapters.vision import resource_limits
from app.domain.thumbnails import WIDTHS
from app.ports import MediaInput

MANY = 1_000  # names in one list
HEAD = 12  # bytes of a WebP file: RIFF, the size of the rest, WEBP


class ThumbnailTree:
    """The Thumbnails port on a file system. Any number of processes may share a root."""

    def __init__(self, root: Path, max_pixels: int) -> None:
        """root: the first write creates it. max_pixels: larger pictures have none."""
        self._root = root
        self._max_pixels = max_pixels
        self._tree = Tree(root)

    def path(self, sha256: str, width: int) -> Path:
        """The file of a thumbnail (FileNotFoundError if absent)."""
        path = self._place(sha256, width)
        if not path.is_file():
            raise FileNotFoundError(errno.ENOENT, "no thumbnail", str(path))
        return path

    def whole(self, sha256: str) -> bool:
        """Whether a file has all its thumbnails, each as long as its head says."""
        return all(_is_whole(self._place(sha256, width)) for width in WIDTHS)

    def make(self, media: MediaInput) -> None:
        """Makes all thumbnails of a file.

        Permanent if it cannot be decoded, Skip for too many pixels or a type without a reader, Transient if it needs
        more memory than there is.
        """
        # Late: decoders take 0.3 s and 100 MB, which processes that only look thumbnails up never need.
        from app.adapters.thumbnails.encode import encode

        self._write(media.sha256, resource_limits.one_file(lambda: encode(media, self._max_pixels)))

    def remove(self, sha256: str) -> bool:
        """Removes the thumbnails of a file; whether there were any."""
        found = False
        with writable(self._root):
            for width in WIDTHS:
                with suppress(FileNotFoundError):
                    self._place(sha256, width).unlink()
                    found = True
        return found

    def names(self) -> Iterator[list[str]]:
        """The sha256 of all files that have any thumbnail, in batches."""
        found: list[str] = []
        for directory in directories(self._root):
            found += sorted({entry.name.partition("-")[0] for entry in os.scandir(directory) if _is_ours(entry.name)})
            if len(found) >= MANY:
                yield found
                found = []
        if found:
            yield found

    def _write(self, sha256: str, pictures: Mapping[int, bytes]) -> None:
        moves = []
        try:
            for width, data in pictures.items():
                moves.append((self._tree.temporary(), self._place(sha256, width)))
                self._synced(moves[-1][0], data)
            self._tree.move(moves)
        finally:
            for temporary, _ in moves:
                with suppress(OSError):
                    temporary.unlink()

    def _synced(self, path: Path, data: bytes) -> None:
        with writable(self._root), path.open("xb", buffering=0) as stream:
            rest = memoryview(data)
            while rest:
                rest = rest[stream.write(rest) :]
            os.fsync(stream.fileno())

    def _place(self, sha256: str, width: int) -> Path:
        place = place_of(self._root, sha256)
        return place.with_name(f"{place.name}-{width}.webp")


def _is_ours(name: str) -> bool:
    sha256, _, rest = name.partition("-")
    return len(sha256) == 64 and rest in {f"{width}.webp" for width in WIDTHS}


def _is_whole(path: Path) -> bool:
    with suppress(OSError), path.open("rb") as stream:
        head = stream.read(HEAD)
        length = int.from_bytes(head[4:8], "little") + 8
        return (head[:4], head[8:], path.stat().st_size) == (b"RIFF", b"WEBP", length)
    return False

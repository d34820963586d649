"""Reads the parts of a zip file by pieces, within bounds of number and size whatever their headers claim."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.errors import Permanent

PARTS = 20_000  # of one file
UNPACKED = 128 * 1024**2  # bytes of all parts that are read
PART = 64 * 1024**2  # bytes of one
TAGS = 3_000_000  # of all parts in XML; a book of a thousand pages has one million
SMALL = 16 * 1024**2  # bytes of a part that is needed as one
PIECE = 64 * 1024
FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, UnicodeDecodeError, ValueError)


class TooLarge(Exception):
    """A part, or all of them, unpack to more than the bounds."""


class Package:
    """An open zip file. Names are compared without case, and with forward slashes, as programs write both."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._left = UNPACKED
        self._tags = TAGS
        self._parts = {member.filename.replace("\\", "/").lstrip("/").lower(): member for member in archive.infolist()}

    @property
    def names(self) -> list[str]:
        """The parts in natural order: slide2 before slide10."""
        return sorted(self._parts, key=natural)

    def __contains__(self, name: str) -> bool:
        """Whether there is such a part; name in lower case."""
        return name in self._parts

    def named(self, pattern: str) -> list[str]:
        """The parts whose whole name fits, in natural order."""
        return [name for name in self.names if re.fullmatch(pattern, name)]

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, a piece at a time. KeyError without it, one of FAULTS if broken, TooLarge."""
        member = self._parts[name.replace("\\", "/").lstrip("/").lower()]
        left = PART
        with self._archive.open(member) as stream:
            while piece := stream.read(PIECE):
                left -= len(piece)
                self._left -= len(piece)
                self._tags -= piece.count(b"<")
                self._check(name, left)
                yield piece

    def _check(self, name: str, left: int) -> None:
        if left < 0 or self._left < 0:
            raise TooLarge(f"{name} unpacks to more than {PART if left < 0 else UNPACKED} bytes")
        if self._tags < 0:
            raise TooLarge(f"{name} has more than {TAGS} tags")

    def whole(self, name: str) -> bytes:
        """All bytes of a part that is no larger than SMALL, else its beginning."""
        data = bytearray()
        for piece in self.pieces(name):
            data += piece
            if len(data) > SMALL:
                break
        return bytes(data[:SMALL])


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts numbers in names by their value."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"([0-9]{1,9})", name)]


@contextmanager
def opened(path: Path, what: str) -> Iterator[Package]:
    """The parts of a file. Permanent if it is no zip, or has too many parts. what: "Word document"."""
    try:
        archive = zipfile.ZipFile(path)
    except FAULTS as error:
        raise Permanent(f"not a {what} that can be opened: {error}") from error
    with archive:
        if len(archive.infolist()) > PARTS:
            raise Permanent(f"a {what} of more than {PARTS} parts")
        yield Package(archive)

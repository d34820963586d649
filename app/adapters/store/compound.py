"""Recognises formats inside Microsoft's compound files: old documents of offices, and new ones with a password."""

from __future__ import annotations

from typing import BinaryIO

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DIRECTORY = 48  # offset of the number of the directory's first sector
_SECTOR = 30  # offset of the binary logarithm of a sector's size
_MOST = 64 * 1024  # bytes of the directory to look into; mostly its sectors lie one after the other

# Streams by which a format is known, in this order: a locked document has no other.
_STREAMS = (
    ("EncryptedPackage", "application/encrypted"),
    ("WordDocument", "application/msword"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("__properties_version1.0", "application/vnd.ms-outlook"),
)


def directory(stream: BinaryIO, head: bytes) -> bytes:
    """The beginning of the directory of a compound file, empty for others."""
    if not head.startswith(SIGNATURE) or len(head) < 512:
        return b""
    size = 1 << min(int.from_bytes(head[_SECTOR : _SECTOR + 2], "little"), 12)
    stream.seek((int.from_bytes(head[_DIRECTORY : _DIRECTORY + 4], "little") + 1) * size)
    return stream.read(_MOST)


def identify(head: bytes, entries: bytes) -> str | None:
    """The mime of a compound file; None for any other format."""
    if not head.startswith(SIGNATURE):
        return None
    found = (mime for name, mime in _STREAMS if name.encode("utf-16-le") + b"\0\0" in entries)
    return next(found, "application/x-ole-storage")

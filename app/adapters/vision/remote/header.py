"""Reads size and animation of a picture from its first bytes, without a decoder: the price of a question needs them.

Decoders run in a child alone; this code only adds up numbers. A wrong size costs a reservation, never more: no question
has more pictures than were reserved for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from app.adapters.vision.metadata import webp_size
from app.adapters.vision.strips import Size

HEAD = 64 * 1024  # bytes; the boxes of HEIC and AVIF with the sizes are among the first
SEGMENTS = 500  # of a JPEG before its size; colour profiles and previews take some dozens
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})  # markers with the size


@dataclass(frozen=True)
class Header:
    """size: in pixels, before any turn. moving: whether it may have several frames."""

    size: Size
    moving: bool = False


def header_of(path: Path) -> Header | None:
    """The header of a picture; None if the file cannot be read or has another format."""
    try:
        if not path.is_file():  # a named pipe would hold its reader up for ever
            return None
        with path.open("rb") as file:
            head = file.read(HEAD)
            found = _jpeg(file) if head.startswith(b"\xff\xd8") else _of(head)
    except OSError:
        return None
    return Header(found, _moves(head)) if found and min(found) > 0 else None


def _moves(head: bytes) -> bool:
    """Whether a format's mark of an animation is there; a GIF has none that is sure."""
    if head[8:16] == b"WEBPVP8X" and len(head) > 20:
        return bool(head[20] & 0x02)
    return head.startswith(b"GIF8") or head[4:12] == b"ftypavis" or (head.startswith(b"\x89PNG") and b"acTL" in head)


def _jpeg(file: BinaryIO) -> Size | None:
    file.seek(2)
    for _ in range(SEGMENTS):
        mark = file.read(4)
        if len(mark) < 4 or mark[0] != 0xFF:
            return None
        if mark[1] == 0xFF:  # fill bytes may precede a marker
            file.seek(-3, 1)
        elif mark[1] in FRAMES:
            return _pair(file.read(5)[1:], "big")[::-1]
        else:
            file.seek(int.from_bytes(mark[2:], "big") - 2, 1)
    return None


def _of(head: bytes) -> Size | None:
    if head.startswith(b"\x89PNG"):
        return _pair(head[16:24], "big")
    if head.startswith(b"GIF8"):
        return _pair(head[6:10], "little")
    if head.startswith(b"BM"):
        core = head[14:18] == b"\x0c\0\0\0"
        width, height = _pair(head[18:22] if core else head[18:26], "little")
        return width, min(height, (1 << 32) - height) if not core else height  # negative: from top to bottom
    if head[8:12] == b"WEBP":
        return webp_size(head)
    return max(_boxes(head), key=lambda size: size[0] * size[1], default=None)


def _boxes(head: bytes) -> Iterator[Size]:
    """The sizes in HEIC and AVIF (one for each tile, too) and in JPEG 2000."""
    for found in re.finditer(rb"ispe\0\0\0\0", head):
        yield _pair(head[found.end() : found.end() + 8], "big")
    if b"ihdr" in head[:HEAD] and b"jp2" in head[:64]:
        at = head.index(b"ihdr") + 4
        yield _pair(head[at : at + 8], "big")[::-1]
    if head.startswith(b"\xff\x4f\xff\x51"):
        yield _pair(head[8:16], "big")


def _pair(data: bytes, order: Literal["big", "little"]) -> Size:
    half = len(data) // 2
    return int.from_bytes(data[:half], order), int.from_bytes(data[half:], order)

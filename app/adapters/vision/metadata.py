"""Takes metadata out of picture files, and reads the one fact that matters in them: how the picture is turned.

A viewer shows a picture whose Exif, colour profile or comment is broken. A decoder that parses them may refuse it.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator

ORIENTATION = 0x0112
UPRIGHT = 1
XMP_TURN = re.compile(rb'tiff:Orientation(?:="|>)([1-8])')
MOST_FIELDS = 4096  # of a directory; a broken count may name 65,535

PNG, RIFF, EXIF = b"\x89PNG\r\n\x1a\n", b"RIFF", b"Exif\0\0"
# Ancillary chunks that decide over pixels, and Exif, which tells the turn and which no decoder here parses.
PNG_KEPT = (b"tRNS", b"acTL", b"fcTL", b"fdAT", b"eXIf")
WEBP_KEPT = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"EXIF")
WEBP_NOTED = 0x20 | 0x04  # the flags of a profile and of XMP
# Structure, strips, tiles, colours and predictors of TIFF: without the other fields the pixels stay the same.
TIFF_PIXELS = {*range(254, 260), 262, 266, 273, 274, 277, 278, 279, 284, *range(290, 294), 317, 320}
TIFF_PIXELS |= {*range(322, 326), 332, *range(338, 342), 347, *range(512, 522), *range(529, 533)}
JPEG_NOTES = {*range(0xE1, 0xEE), 0xEF, 0xFE}  # segments; 0xE0 and 0xEE tell how colours are stored
JPEG_SCAN = 0xDA
UNKNOWN = b"skip"  # a type of boxes and items


def turn_of(exif: bytes, xmp: bytes = b"") -> int:
    """The orientation, 1 to 8; 1 if nothing readable tells another one. Reads past all other broken fields.

    exif: a TIFF header and its fields, with or without "Exif" before it.
    """
    found = _turn_of_fields(exif.removeprefix(EXIF))
    if found is None:
        told = XMP_TURN.search(xmp)
        return int(told[1]) if told else UPRIGHT
    return found if 1 <= found <= 8 else UPRIGHT


def _turn_of_fields(tiff: bytes) -> int | None:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 10:
        return None
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return None
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for place in range(start + 2, min(start + 2 + 12 * min(count, MOST_FIELDS), len(tiff) - 11), 12):
        tag, kind = struct.unpack_from(order + "HH", tiff, place)
        if tag == ORIENTATION and kind in (3, 4):  # a short, or a long by careless writers
            return int(struct.unpack_from(order + ("H" if kind == 3 else "I"), tiff, place + 8)[0])
    return None


def webp_size(head: bytes) -> tuple[int, int]:
    """Width and height as the first 30 bytes of a WebP tell them; (0, 0) for other bytes."""
    if head[:4] != RIFF or head[8:12] != b"WEBP" or len(head) < 30:
        return 0, 0
    kind = head[12:16]
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    bits = int.from_bytes(head[21:25] if kind == b"VP8L" else head[26:30], "little")
    if kind == b"VP8L":
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return bits & 0x3FFF, bits >> 16 & 0x3FFF


def without_metadata(data: bytes, *, checked: bool = True, colours: bool = True) -> bytes:
    """The same picture without XMP, profiles and comments; bytes of another format are returned as they are.

    checked: keeps the checksums of pixels; False writes them anew, so that a damaged picture can be read in part.
    colours: keeps what AVIF and HEIC tell of their colours; without it decoders take the usual ones.
    """
    if data.startswith(PNG):
        return _bare_png(data, checked=checked)
    for start, bare in _BARE.items():
        if data.startswith(start):
            return bare(data)
    return _bare_boxes(data, colours=colours) if data[4:8] == b"ftyp" else data


def _bare_png(data: bytes, *, checked: bool) -> bytes:
    parts, place = [PNG], len(PNG)
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + size
        essential = not kind[0] & 0x20
        if end > len(data) and not essential:  # a broken length: pixels may follow
            place = data.find(b"IDAT", place) - 4
            if place < 0:
                break
            continue
        if essential and checked:
            parts.append(data[place:end])
        elif essential or kind in PNG_KEPT:
            body = data[place + 4 : end - 4]
            parts += [data[place : place + 4], body, struct.pack(">I", zlib.crc32(body))]
        place = end
    return b"".join(parts)


def _bare_webp(data: bytes) -> bytes:
    parts, place = [], 12
    while place + 8 <= len(data):
        kind, size = data[place : place + 4], int.from_bytes(data[place + 4 : place + 8], "little")
        chunk = data[place : place + 8 + size + size % 2]
        if kind == b"VP8X" and size:
            chunk = chunk[:8] + bytes([chunk[8] & ~WEBP_NOTED]) + chunk[9:]
        if kind == b"EXIF":  # it may be cut short
            chunk = kind + struct.pack("<I", len(chunk) - 8) + chunk[8:] + bytes(len(chunk) % 2)
        if kind in WEBP_KEPT:
            parts.append(chunk)
        place += 8 + size + size % 2
    body = b"WEBP" + b"".join(parts)
    return RIFF + struct.pack("<I", len(body)) + body


def _bare_jpeg(data: bytes) -> bytes:
    parts, place = [data[:2]], 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != JPEG_SCAN:
        kind, end = data[place + 1], place + 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if kind not in JPEG_NOTES or data[place + 4 : place + 10] == EXIF:
            parts.append(data[place:end])
        place = end
    return b"".join([*parts, data[place:]])


def _bare_tiff(data: bytes) -> bytes:
    """Closes the gaps that the other fields leave in their directories; all offsets stay the same."""
    order, bare = "<" if data[:2] == b"II" else ">", bytearray(data)
    (place,) = struct.unpack_from(order + "I", data, 4)
    seen: set[int] = set()
    while place and place not in seen and place + 2 <= len(data):
        seen.add(place)
        (count,) = struct.unpack_from(order + "H", data, place)
        end = place + 2 + 12 * count
        if end + 4 > len(data):
            break
        fields = [data[at : at + 12] for at in range(place + 2, end, 12)]
        kept = [field for field in fields if struct.unpack_from(order + "H", field)[0] in TIFF_PIXELS]
        written = struct.pack(order + "H", len(kept)) + b"".join(kept) + data[end : end + 4]
        bare[place : place + len(written)] = written
        (place,) = struct.unpack_from(order + "I", data, end)
    return bytes(bare)


def _bare_boxes(data: bytes, *, colours: bool) -> bytes:
    """AVIF and HEIC: items of Exif and XMP, and the references from them to pictures, get types that no decoder knows.

    All offsets stay the same.
    """
    bare = bytearray(data)
    for place in _places(data, b"infe"):
        kind = place + 12 + (2 if data[place + 4 : place + 5] == b"\3" else 0)
        if data[kind : kind + 4] in (b"Exif", b"mime"):
            bare[kind : kind + 4] = UNKNOWN
    for word in (b"cdsc",) if colours else (b"cdsc", b"colr"):
        for place in _places(data, word):
            if place >= 4 and not data[place - 4]:  # the size of a box, and not four bytes of pixels
                bare[place : place + 4] = UNKNOWN
    return bytes(bare)


def _places(data: bytes, word: bytes) -> Iterator[int]:
    place = data.find(word)
    while place >= 0:
        yield place
        place = data.find(word, place + 4)


_BARE: dict[bytes, Callable[[bytes], bytes]] = {
    RIFF: _bare_webp,
    b"\xff\xd8": _bare_jpeg,
    b"II*\0": _bare_tiff,
    b"MM\0*": _bare_tiff,
}

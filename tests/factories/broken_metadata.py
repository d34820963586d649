"""Pictures whose pixels are sound and whose metadata are not, as phones, editors and messengers leave them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence

from PIL import Image, TiffImagePlugin

from tests.factories.pictures import encoded

LONG = zlib.compress(bytes(1_500_000))  # more than Pillow unpacks of a chunk
NOWHERE = 0x7FFFFFF0  # an offset behind the end of every file


def exif(turn: int, order: str = "<") -> bytes:
    """A TIFF header and fields that lead nowhere around a sound orientation."""
    fields = [(0x10F, 2, 5000, NOWHERE), (0x112, 3, 1, turn), (0x11A, 5, 1, NOWHERE), (0x8769, 4, 1, NOWHERE)]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, len(fields))
    rows = (
        struct.pack(order + "HHI", tag, kind, count)
        + (struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value))
        for tag, kind, count, value in fields
    )
    return head + b"".join(rows) + b"\xde\xad\xbe\xef"


def chunk(kind: bytes, body: bytes, checksum: int | None = None) -> bytes:
    """A chunk of PNG. checksum: a wrong one, None for the right one."""
    right = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", right if checksum is None else checksum)


def png(image: Image.Image, *chunks: bytes, last: bytes = b"") -> bytes:
    """A PNG with these chunks before its pixels. last: one behind them."""
    data = encoded(image, "PNG")
    return data[:33] + b"".join(chunks) + data[33:-12] + last + data[-12:]


def tiff(image: Image.Image, turn: int, fields: Sequence[tuple[int, int, int, int]], **options: object) -> bytes:
    """A TIFF with further fields: (tag, kind, count, value)."""
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[0x0112] = turn
    data = encoded(image, "TIFF", tiffinfo=info, **options)
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    rows = [data[place : place + 12] for place in range(start + 2, start + 2 + 12 * count, 12)]
    rows = sorted(rows + [struct.pack("<HHII", *field) for field in fields], key=lambda row: row[1::-1])
    return data[:4] + struct.pack("<I", len(data)) + data[8:] + struct.pack("<H", len(rows)) + b"".join(rows) + bytes(4)


def avif(image: Image.Image, turn: int, fields: bytes) -> bytes:
    """An AVIF whose box tells the turn, with these bytes in place of its Exif."""
    sound = Image.Exif()
    sound[0x0112], sound[0x010E] = turn, "x" * 60
    data = encoded(image, "AVIF", exif=sound, quality=95)
    end = data.index(b"x" * 60) + 60
    start = max(data.rindex(head, 0, end) for head in (b"II*\0", b"MM\0*") if head in data[:end])
    return data[:start] + fields[: end - start].ljust(end - start, b"\xff") + data[end:]


def with_colours(data: bytes, told: bytes) -> bytes:
    """An AVIF or HEIC that tells this of its colours: a kind and its fields, 11 bytes."""
    place = data.index(b"colr") + 4
    return data[:place] + told.ljust(11, b"\0") + data[place + 11 :]


def jpeg_profile(image: Image.Image, number: int, count: int) -> bytes:
    """A JPEG with a piece of a colour profile that says this of itself."""
    data, piece = encoded(image, "JPEG", quality=95), b"ICC_PROFILE\0" + bytes([number, count]) + b"z" * 20
    return data[:2] + b"\xff\xe2" + struct.pack(">H", len(piece) + 2) + piece + data[2:]


NO_COLOURS = (b"nclx\0\1\0\1\0\xc8\0", b"nclx\0\xc8\0\1\0\6\0", b"abcd", b"prof\xff\xff")


def unturned(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    """(name, file) of pictures without a turn that can be read."""
    yield "PNG: 1.5 MB of profile", png(image, chunk(b"iCCP", b"p\0\0" + LONG))
    yield "PNG: unknown packing of the profile", png(image, chunk(b"iCCP", b"p\0\7" + LONG))
    yield "PNG: 1.5 MB of text", png(image, chunk(b"zTXt", b"c\0\0" + LONG))
    yield "PNG: 1.5 MB of text at the end", png(image, last=chunk(b"zTXt", b"c\0\0" + LONG))
    yield "PNG: wrong checksum of a text", png(image, chunk(b"tEXt", b"a\0b", 0))
    yield (
        "PNG: chunks without content",
        png(image, *(chunk(kind, b"") for kind in (b"gAMA", b"cHRM", b"pHYs", b"tIME"))),
    )
    yield "PNG: a length behind the end", png(image, b"\x7f\xff\xff\xfftEXtabc")
    for noise in (b"", b"\xff" * 50, b"II*\0\x08", b"II*\0\x04\0\0\0" + bytes(30)):
        yield f"PNG: Exif {noise[:5]!r}", png(image, chunk(b"eXIf", noise))
        for kind in ("JPEG", "WEBP"):
            yield f"{kind}: Exif {noise[:5]!r}", encoded(image, kind, exif=b"Exif\0\0" + noise, quality=95)
    for absurd in (0, 9, 65535):
        for kind in ("JPEG", "WEBP"):
            yield f"{kind}: turn {absurd}", encoded(image, kind, exif=exif(absurd), quality=95)
        yield f"PNG: turn {absurd}", png(image, chunk(b"eXIf", exif(absurd)))
        yield f"TIFF: turn {absurd}", tiff(image, absurd, [])
        yield f"AVIF: turn {absurd}", avif(image, 1, exif(absurd))
    for kind in ("JPEG", "WEBP", "AVIF", "TIFF"):
        yield f"{kind}: profile of noise", encoded(image, kind, icc_profile=b"\xff" * 1_500_000, quality=95)
    for number, count in ((1, 9), (0, 0), (5, 2)):
        yield f"JPEG: piece {number} of {count} of a profile", jpeg_profile(image, number, count)
    for told in NO_COLOURS:
        yield f"AVIF: colours {told[:8]!r}", with_colours(encoded(image, "AVIF", quality=95), told)
    yield "WEBP: XMP of noise", encoded(image, "WEBP", xmp=b"<x:xmpmeta \xff\xfe", quality=95)


def turned(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    """(name, file) of pictures that are shown turned by a quarter (6), whatever else their metadata hold."""
    for order in "<>":
        yield f"PNG: half of Exif {order}", png(image, chunk(b"eXIf", exif(6, order)))
        for kind in ("JPEG", "WEBP"):
            yield f"{kind}: half of Exif {order}", encoded(image, kind, exif=b"Exif\0\0" + exif(6, order), quality=95)
    yield "PNG: wrong checksum beside it", png(image, chunk(b"tEXt", b"a\0b", 0), chunk(b"eXIf", exif(6)))
    yield "PNG: wrong checksum of Exif", png(image, chunk(b"eXIf", exif(6), 0))
    yield "PNG: 1.5 MB of profile", png(image, chunk(b"iCCP", b"p\0\0" + LONG), chunk(b"eXIf", exif(6)))
    yield "PNG: Exif cut short", png(image, chunk(b"eXIf", exif(6)[:34]))
    yield "WEBP: file cut in Exif", encoded(image, "WEBP", exif=exif(6), quality=95)[:-9]
    yield "AVIF: Exif of noise", avif(image, 6, b"")
    yield "AVIF: half of Exif", avif(image, 6, exif(6))
    broken = {
        "Exif nowhere": [(34665, 4, 1, NOWHERE)],
        "Exif in itself": [(34665, 4, 1, 10), (34853, 4, 1, 3)],
        "XMP too long": [(700, 1, 99_999_999, NOWHERE)],
        "resolution": [(282, 5, 1, NOWHERE), (283, 99, 0, 0)],
    }
    for name, fields in broken.items():
        for compression in ("raw", "tiff_lzw", "jpeg"):
            yield f"TIFF {compression}: {name}", tiff(image, 6, fields, compression=compression)

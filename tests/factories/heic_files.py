"""HEIC files: real HEVC pictures of our own in boxes that are written here.

The pictures lie in tests/files as raw HEVC streams: no encoder of HEVC is a dependency, and one that happens to be in a
wheel today may be gone tomorrow. `python -m tests.factories.heic_files` drew and encoded them, by x265 in the wheels of
PyAV.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from tests.factories.pictures import page

FILES = Path(__file__).resolve().parent.parent / "files"
WORDS = "Срочные новости"
VPS, SPS, PPS = 32, 33, 34  # types of NAL units
BT601 = b"nclx" + struct.pack(">HHHB", 1, 1, 6, 0)  # as the streams were converted: limited range


@dataclass(frozen=True)
class Still:
    """A picture of a HEIC file. turn: quarter turns counter-clockwise, as a box irot holds them."""

    stream: bytes  # HEVC with start codes, one intra picture
    width: int
    height: int
    turn: int = 0

    def turned(self, turn: int) -> Still:
        """The same picture, to be shown turned."""
        return replace(self, turn=turn)


def words() -> Still:
    """800 by 400 pixels that say WORDS."""
    return Still((FILES / "words.hevc").read_bytes(), 800, 400)


def corner() -> Still:
    """64 by 32 white pixels, red in the upper left quarter of them."""
    return Still((FILES / "corner.hevc").read_bytes(), 64, 32)


def heic(*stills: Still, primary: int = 0, exif: bytes = b"", brand: bytes = b"heic") -> bytes:
    """A HEIC file (ISO/IEC 23008-12): every still is an item of it. exif: a TIFF header and its fields."""
    items = [_samples(still.stream) for still in stills]
    kinds = [b"hvc1"] * len(items)
    if exif:
        items, kinds = [*items, struct.pack(">I", 0) + exif], [*kinds, b"Exif"]
    ftyp = _box(b"ftyp", brand, bytes(4), b"mif1", b"heic")
    start = len(ftyp) + len(_meta(stills, items, kinds, primary, 0)) + 8
    return ftyp + _meta(stills, items, kinds, primary, start) + _box(b"mdat", *items)


def _meta(stills: Sequence[Still], items: Sequence[bytes], kinds: Sequence[bytes], primary: int, start: int) -> bytes:
    places = [start + sum(map(len, items[:at])) for at in range(len(items))]
    extents = [struct.pack(">HHHII", at, 0, 1, places[at - 1], len(items[at - 1])) for at in range(1, len(items) + 1)]
    entries = [_box(b"infe", b"\2\0\0\0", struct.pack(">HH", at, 0), kind, b"\0") for at, kind in enumerate(kinds, 1)]
    about = b"Exif" in kinds and _full(b"iref", _box(b"cdsc", struct.pack(">HHH", len(kinds), 1, primary + 1)))
    return _full(
        b"meta",
        _full(b"hdlr", bytes(4), b"pict", bytes(13)),
        _full(b"pitm", struct.pack(">H", primary + 1)),
        _full(b"iinf", struct.pack(">H", len(entries)), *entries),
        about or b"",
        _properties(stills),
        _full(b"iloc", b"\x44\x00", struct.pack(">H", len(extents)), *extents),
    )


def _properties(stills: Sequence[Still]) -> bytes:
    """Four properties for each still, and which item they belong to; how to decode and how to turn are essential."""
    kept = b"".join(
        _box(b"hvcC", _configuration(still.stream))
        + _full(b"ispe", struct.pack(">II", still.width, still.height))
        + _box(b"colr", BT601)
        + _box(b"irot", bytes([still.turn]))
        for still in stills
    )
    belongs = b"".join(
        struct.pack(">HB4B", at + 1, 4, 0x80 | 4 * at + 1, 4 * at + 2, 4 * at + 3, 0x80 | 4 * at + 4)
        for at in range(len(stills))
    )
    return _box(b"iprp", _box(b"ipco", kept), _full(b"ipma", struct.pack(">I", len(stills)), belongs))


def _configuration(stream: bytes) -> bytes:
    """The record hvcC (ISO/IEC 14496-15, 8.3.3.1): profile and level as the SPS says, 4:2:0, 8 bits, 4-byte lengths."""
    units = {_kind(unit): unit for unit in _units(stream)}
    profile = units[SPS].replace(b"\0\0\3", b"\0\0")[3:15]
    arrays = b"".join(struct.pack(">BHH", 0x80 | kind, 1, len(units[kind])) + units[kind] for kind in (VPS, SPS, PPS))
    return b"\1" + profile + b"\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f\3" + arrays


def _samples(stream: bytes) -> bytes:
    """The picture itself, each unit after its length."""
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in _units(stream) if _kind(unit) < VPS)


def _units(stream: bytes) -> list[bytes]:
    return [unit for unit in re.split(rb"\x00*\x00\x00\x01", stream) if unit]


def _kind(unit: bytes) -> int:
    return unit[0] >> 1 & 0x3F


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I", 8 + len(body)) + kind + body


def _full(kind: bytes, *content: bytes) -> bytes:
    """A box with version 0 and no flags."""
    return _box(kind, bytes(4), *content)


def _encoded(image: Image.Image, quality: int) -> bytes:
    """One intra picture. quality: x265's rate factor, lower is better."""
    options = {"x265-params": f"crf={quality}:keyint=1:info=0:repeat-headers=1:log-level=none", "preset": "veryslow"}
    context = av.CodecContext.create("libx265", "w")
    context.width, context.height, context.pix_fmt = *image.size, "yuv420p"
    context.framerate, context.options = Fraction(1), options
    frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def main() -> None:
    """Draws and encodes the streams anew."""
    small = Image.new("RGB", (64, 32), "white")
    small.paste("red", (0, 0, 32, 16))
    FILES.mkdir(exist_ok=True)
    (FILES / "corner.hevc").write_bytes(_encoded(small, 20))
    (FILES / "words.hevc").write_bytes(_encoded(page(WORDS, size=(800, 400), height=60), 30))


if __name__ == "__main__":
    main()

"""Pictures in each format, and pictures whose metadata are broken while every viewer shows them."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable

from PIL import Image

from app.eval.files import pages
from app.eval.files.texts import Text

HEAVY = 1_500_000  # bytes of a chunk that no reader of pixels needs
_BAD_EXIF = {
    "ru": b"MM\x00*\x00\x00\x00\x08\xff\xff\x01\x12",  # more entries than bytes
    "en": b"no header at all",
    "uk": b"II*\x00\xf0\xff\xff\xff",  # a directory behind the end
}


def screen(form: str, **options: object) -> Callable[[Text], bytes]:
    """A screenshot in a format of Pillow."""
    return lambda text: _saved(pages.screen(text), form, **options)


def long_screen(height: int, lines: int) -> Callable[[Text], bytes]:
    """A screenshot of a whole conversation."""
    return lambda text: _saved(pages.long_screen(text.long(lines), height), "PNG")


def transparent(form: str, letters: str, **options: object) -> Callable[[Text], bytes]:
    """Letters without a ground. The hidden colour under it differs by language, since programs differ."""
    hidden = {"ru": (255, 255, 255, 0), "en": (0, 0, 0, 0), "uk": (120, 40, 200, 0)}
    return lambda text: _saved(pages.on_transparency(text, letters, hidden[text.language]), form, **options)


def bad_exif_png(text: Text) -> bytes:
    """A PNG with a broken eXIf chunk."""
    return _with_chunk(_png(text), b"eXIf", _BAD_EXIF[text.language])


def bad_exif_webp(text: Text) -> bytes:
    """A WebP with a broken EXIF chunk."""
    return _saved(pages.screen(text), "WEBP", quality=85, exif=_BAD_EXIF[text.language])


def heavy_text(text: Text) -> bytes:
    """A PNG with a compressed comment of a megabyte and a half."""
    comment = text.title.encode() * (HEAVY // len(text.title.encode()))
    return _with_chunk(_png(text), b"zTXt", b"Comment\0\0" + zlib.compress(comment))


def heavy_profile(text: Text) -> bytes:
    """A PNG with a colour profile of that size, in a method that no standard knows for one of them."""
    noise = random.Random(text.language).randbytes(HEAVY)
    method = b"\x07" if text.language == "en" else b"\x00"
    return _with_chunk(_png(text), b"iCCP", b"profile\0" + method + zlib.compress(noise))


def bad_sum(text: Text) -> bytes:
    """A PNG whose ancillary chunk has a wrong check sum."""
    kind = {
        "ru": (b"gAMA", struct.pack(">I", 45455)),
        "en": (b"tEXt", b"Software\0x"),
        "uk": (b"tIME", b"\x07\xe8" + bytes(5)),
    }
    name, data = kind[text.language]
    return _with_chunk(_png(text), name, data, wrong=True)


def _png(text: Text) -> bytes:
    return _saved(pages.screen(text), "PNG")


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def _with_chunk(png: bytes, name: bytes, data: bytes, *, wrong: bool = False) -> bytes:
    """The PNG with a chunk behind its header, perhaps with a wrong check sum."""
    total = zlib.crc32(name + data) ^ (0x5A5A5A5A if wrong else 0)
    at = 8 + 25  # signature, IHDR
    return png[:at] + struct.pack(">I", len(data)) + name + data + struct.pack(">I", total) + png[at:]

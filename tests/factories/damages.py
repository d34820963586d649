"""Small valid files of every type that has a reader, and seeded damages of them."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from PIL import Image

from app.adapters.vision.types import PDF
from app.domain.media_types import DOCX, EPUB, HTML, ODS, ODT, PPTX, RTF, TEXT, XLSX
from tests.factories.documents import form
from tests.factories.files import typed_pdf, video
from tests.factories.films import video_sticker
from tests.factories.heic_files import corner, heic
from tests.factories.office_files import book, open_document, paragraph, slides, word_parts, workbook, zipped
from tests.factories.pictures import encoded, texture

WORST = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
)  # sizes and counts to be lied about


def small_files(folder: Path) -> Mapping[str, tuple[str, bytes]]:
    """name -> (type, bytes). folder: for files that are made on disk."""
    picture, other = texture(40, 30), texture(40, 30, seed=1)
    clear = picture.convert("RGBA")
    clear.putalpha(Image.new("L", picture.size, 120))
    moving = {"save_all": True, "append_images": [other]}
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "words"
    pictures = {
        "jpeg": ("image/jpeg", encoded(picture, exif=exif)),
        "progressive": ("image/jpeg", encoded(picture, progressive=True)),
        "cmyk": ("image/jpeg", encoded(picture.convert("CMYK"))),
        "png": ("image/png", encoded(clear, "PNG", exif=exif)),
        "palette": ("image/png", encoded(picture.convert("P"), "PNG", transparency=3)),
        "apng": ("image/png", encoded(picture, "PNG", **moving)),
        "gif": ("image/gif", encoded(picture, "GIF", **moving)),
        "webp": ("image/webp", encoded(clear, "WEBP", exif=exif)),
        "webp lossless": ("image/webp", encoded(picture, "WEBP", lossless=True)),
        "webp moving": ("image/webp", encoded(picture, "WEBP", **moving)),
        "bmp": ("image/bmp", encoded(picture.resize((9, 7)), "BMP")),
        "avif": ("image/avif", encoded(picture, "AVIF", exif=exif)),
        "heic": ("image/heic", heic(corner().turned(1), exif=exif.tobytes().removeprefix(b"Exif\0\0"))),
    }
    for compression in ("raw", "tiff_lzw", "tiff_deflate", "jpeg", "packbits"):
        tiff = encoded(picture, "TIFF", compression=compression, exif=exif, **moving)
        pictures[f"tiff {compression}"] = ("image/tiff", tiff)
    scenes = [texture(64, 48), texture(64, 48, seed=1)]
    return pictures | {
        "avif moving": ("image/avif", encoded(picture, "AVIF", **moving)),
        "jpeg 2000": ("image/jp2", encoded(picture, "JPEG2000")),
        "webm": ("video/webm", video_sticker(folder / "sticker", [clear, clear]).read_bytes()),
        "mp4": ("video/mp4", video(folder / "clip", scenes, seconds=1, rate=5).read_bytes()),
        "pdf": (PDF, typed_pdf(folder / "pdf", ["Some words of a page", "2"]).read_bytes()),
        "pdf form": (PDF, form(folder / "form").read_bytes()),
        **_texts(),
    }


def _texts() -> Mapping[str, tuple[str, bytes]]:
    """Files whose whole content is their text."""
    table = "<table:table><table:table-row><table:table-cell><text:p>40</text:p></table:table-cell></table:table-row>"
    chapter = ("one.xhtml", "<html><body><h1>Глава</h1><p>Слова</p></body></html>")
    return {
        "text": (TEXT, "Слова в тексте".encode()),
        "utf-16": (TEXT, "Слова в тексте".encode("utf-16")),
        "html": (HTML, "<html><body><p>Слова &amp; знаки</p><script>1</script></body></html>".encode()),
        "rtf": (RTF, b"{\\rtf1\\ansi\\ansicpg1251{\\fonttbl{\\f0 A;}}\\f0 \\'d1\\u1083?\\bin3 abc words\\par}"),
        "docx": (DOCX, zipped(word_parts(paragraph("Слова") + paragraph("и знаки"), footnotes=paragraph("Сноска")))),
        "xlsx": (XLSX, workbook()),
        "pptx": (PPTX, slides()),
        "odt": (ODT, open_document("<office:text><text:p>Слова</text:p></office:text>", "text", "Верх")),
        "ods": (ODS, open_document(f"<office:spreadsheet>{table}</table:table></office:spreadsheet>", "spreadsheet")),
        "epub": (EPUB, book([chapter, ("two.xhtml", chapter[1])], [1, 0])),
    }


def damaged(data: bytes, dice: random.Random) -> bytes:
    """The bytes with one to three damages."""
    if data.startswith(b"PK") and dice.random() < 0.7:
        return _damaged_inside(data, dice)
    for _ in range(dice.randint(1, 3)):
        data = dice.choice(DAMAGES)(data, dice)
    return data


def _damaged_inside(data: bytes, dice: random.Random) -> bytes:
    """A zip file that is sound itself, with one of its parts damaged or left out."""
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    name = dice.choice([name for name in parts if name != "mimetype"])
    changed = dice.choice(DAMAGES)(parts.pop(name), dice)
    return zipped(parts | ({name: changed} if dice.random() < 0.9 else {}))


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(len(data) + 1)]


def _flipped(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        if changed:
            changed[_place(changed, dice)] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _spliced(data: bytes, dice: random.Random) -> bytes:
    """A part of the file put into another place of it, or left out."""
    start, end = sorted(dice.randrange(len(data) + 1) for _ in range(2))
    if dice.random() < 0.5:
        return data[:start] + data[end:]
    place = dice.randrange(len(data) + 1)
    return data[:place] + data[start : min(end, start + 4096)] + data[place:]


def _lying(data: bytes, dice: random.Random) -> bytes:
    """A number in the file set to one that is wrong: a size, a count, an offset."""
    size, order = dice.choice((1, 2, 4)), dice.choice("<>")
    if len(data) < size:
        return data
    place = min(_place(data, dice), len(data) - size)
    number = dice.choice(WORST) & (256**size - 1)
    return data[:place] + struct.pack(order + {1: "B", 2: "H", 4: "I"}[size], number) + data[place + size :]


def _noisy(data: bytes, dice: random.Random) -> bytes:
    """A run of noise in the middle."""
    place = dice.randrange(len(data) + 1)
    noise = dice.randbytes(dice.randint(1, 64))
    return data[:place] + noise + data[place + len(noise) :]


def _place(data: bytes | bytearray, dice: random.Random) -> int:
    """Any place; half of them in the first 256 bytes, where headers are."""
    return dice.randrange(min(len(data), 256) if dice.random() < 0.5 else len(data))


DAMAGES = (_cut, _flipped, _flipped, _spliced, _lying, _lying, _noisy)

"""Types by content: real files of every format, under names that lie."""

from __future__ import annotations

import gzip
import io
import json
import mimetypes
import zipfile
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from app.adapters.store import containers, identify
from app.adapters.store.types import EXTENSIONS
from tests.factories.pictures import encoded

OFFICE = "application/vnd.openxmlformats-officedocument."


def picture(form: str) -> bytes:
    return encoded(Image.new("RGB", (40, 30), "teal"), form)


def film(form: str, codec: str) -> bytes:
    stream = io.BytesIO()
    with av.open(stream, "w", format=form) as out:
        video = out.add_stream(codec, rate=10)
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        for _ in range(3):
            out.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        out.mux(video.encode())
    return stream.getvalue()


def sound(form: str, codec: str) -> bytes:
    stream = io.BytesIO()
    with av.open(stream, "w", format=form) as out:
        audio = out.add_stream(codec, rate=48000)
        assert isinstance(audio, av.AudioStream)
        audio.layout = "mono"
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 960), np.int16), format="s16", layout="mono")
        frame.sample_rate = 48000
        resampler = av.AudioResampler(audio.format, "mono", 48000, frame_size=audio.frame_size or 960)
        for resampled in [*resampler.resample(frame), *resampler.resample(frame), *resampler.resample(None)]:
            out.mux(audio.encode(resampled))
        out.mux(audio.encode())
    return stream.getvalue()


def archive(*names: str, kind: str | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as out:
        if kind:
            out.writestr("mimetype", kind)
        for name in names:
            out.writestr(name, b"\x00" * 70_000)  # so that later names lie beyond what is read from the start
    return stream.getvalue()


def heif(major: bytes, *compatible: bytes) -> bytes:
    brands = b"".join(compatible)
    return (16 + len(brands)).to_bytes(4, "big") + b"ftyp" + major + bytes(4) + brands + b"\x00\x00\x00\x08mdat"


STICKER = {"tgs": 1, "v": "5.5.2", "fr": 60, "ip": 0, "op": 180, "w": 512, "h": 512, "layers": []}
BARE_JXL = bytes.fromhex(  # a picture of 64 x 48 pixels, by libjxl
    "ff0acb402408000100a4004b386998ca83f72b4808801a3b31e8e702210000124814f90712f4b653f2020042017c0388d0ad6401"
)


FILES: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "jpeg": (lambda: picture("JPEG"), "image/jpeg", ".jpg"),
    "png": (lambda: picture("PNG"), "image/png", ".png"),
    "gif": (lambda: picture("GIF"), "image/gif", ".gif"),
    "webp": (lambda: picture("WEBP"), "image/webp", ".webp"),
    "bmp": (lambda: picture("BMP"), "image/bmp", ".bmp"),
    "tiff": (lambda: picture("TIFF"), "image/tiff", ".tiff"),
    "heic": (lambda: heif(b"heic", b"mif1", b"heic"), "image/heic", ".heic"),
    "heic by its codec": (lambda: heif(b"mif1", b"mif1", b"heic"), "image/heic", ".heic"),
    "heif": (lambda: heif(b"mif1", b"mif1"), "image/heif", ".heif"),
    "avif": (lambda: picture("AVIF"), "image/avif", ".avif"),
    "jpeg 2000": (lambda: picture("JPEG2000"), "image/jp2", ".jp2"),
    "jpeg 2000, its bare stream": (
        lambda: encoded(Image.new("RGB", (40, 30), "teal"), "JPEG2000", no_jp2=True),
        "image/j2c",
        ".j2c",
    ),
    "jpeg xl": (lambda: b"\x00\x00\x00\x0cJXL \r\n\x87\n\x00\x00\x00\x14ftypjxl " + bytes(20), "image/jxl", ".jxl"),
    "jpeg xl, its bare stream": (lambda: BARE_JXL, "image/jxl", ".jxl"),
    "animated sticker": (lambda: gzip.compress(json.dumps(STICKER).encode()), "application/x-tgsticker", ".tgs"),
    "animated sticker of another program": (
        lambda: gzip.compress(
            json.dumps({"assets": [], **{name: STICKER[name] for name in ("v", "op", "ip", "fr")}}).encode()
        ),
        "application/x-tgsticker",
        ".tgs",
    ),
    "gzip of other json": (lambda: gzip.compress(b'{"fr": 60, "tgs": 1}'), "application/gzip", ".gz"),
    "half a gzip": (lambda: gzip.compress(bytes(range(256)) * 9)[:40], "application/gzip", ".gz"),
    "text that begins with a letter alone": (lambda: "я\nты\nони пришли вчера".encode("cp1251"), "text/plain", ".txt"),
    "mp4": (lambda: film("mp4", "mpeg4"), "video/mp4", ".mp4"),
    "mov": (lambda: film("mov", "mpeg4"), "video/quicktime", ".mov"),
    "webm": (lambda: film("webm", "libvpx"), "video/webm", ".webm"),
    "mkv": (lambda: film("matroska", "mpeg4"), "video/x-matroska", ".mkv"),
    "avi": (lambda: film("avi", "mpeg4"), "video/x-msvideo", ".avi"),
    "mp3": (lambda: sound("mp3", "libmp3lame"), "audio/mpeg", ".mp3"),
    "mp3 without a tag": (lambda: b"\xff\xfb\x90\x64" + bytes(413), "audio/mpeg", ".mp3"),
    "ogg": (lambda: sound("ogg", "libopus"), "audio/ogg", ".ogg"),
    "flac": (lambda: sound("flac", "flac"), "audio/flac", ".flac"),
    "wav": (lambda: sound("wav", "pcm_s16le"), "audio/x-wav", ".wav"),
    "aac": (lambda: sound("adts", "aac"), "audio/aac", ".aac"),
    "pdf": (lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", "application/pdf", ".pdf"),
    "pdf that begins in the first KiB": (lambda: b"\n" * 1019 + b"%PDF-1.4\n", "application/pdf", ".pdf"),
    "text with %PDF- behind it": (lambda: b"\n" * 1020 + b"%PDF-1.4\n", "text/plain", ".txt"),
    "pdf after a blank line": (lambda: b"\r\n%PDF-1.4\n", "application/pdf", ".pdf"),
    "zip": (lambda: archive("a.bin", "b.bin"), "application/zip", ".zip"),
    "empty zip": (lambda: archive(), "application/zip", ".zip"),
    "zip with a folder called word": (lambda: archive("word/a.bin"), "application/zip", ".zip"),
    "docx": (
        lambda: archive("[Content_Types].xml", "_rels/.rels", "word/document.xml"),
        OFFICE + "wordprocessingml.document",
        ".docx",
    ),
    "xlsx": (
        lambda: archive("xl/workbook.xml", "[Content_Types].xml"),
        OFFICE + "spreadsheetml.sheet",
        ".xlsx",
    ),
    "odt": (
        lambda: archive("content.xml", kind="application/vnd.oasis.opendocument.text"),
        "application/vnd.oasis.opendocument.text",
        ".odt",
    ),
    "ods": (
        lambda: archive("content.xml", kind="application/vnd.oasis.opendocument.spreadsheet"),
        "application/vnd.oasis.opendocument.spreadsheet",
        ".ods",
    ),
    "epub": (
        lambda: archive("META-INF/container.xml", kind="application/epub+zip"),
        "application/epub+zip",
        ".epub",
    ),
    "pptx": (
        lambda: archive("[Content_Types].xml", "ppt/presentation.xml"),
        OFFICE + "presentationml.presentation",
        ".pptx",
    ),
    "apk": (
        lambda: archive("AndroidManifest.xml", "classes.dex"),
        "application/vnd.android.package-archive",
        ".apk",
    ),
    "rtf": (lambda: b"{\\rtf1\\ansi Hi}", "application/rtf", ".rtf"),
    "gzip": (lambda: gzip.compress(b"Hi"), "application/gzip", ".gz"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(40), "application/x-7z-compressed", ".7z"),
    "rar": (lambda: b"Rar!\x1a\x07\x01\x00" + bytes(40), "application/vnd.rar", ".rar"),
    "html": (lambda: b"\n<!-- x -->\n<!DOCTYPE html><html><p>Hi", "text/html", ".html"),
    "svg": (lambda: b'<?xml version="1.0"?><svg xmlns="x"/>', "image/svg+xml", ".svg"),
    "json": (lambda: json.dumps({"ключ": [1, None]}).encode(), "application/json", ".json"),
    "long json": (lambda: json.dumps([{"n": i} for i in range(9000)]).encode(), "application/json", ".json"),
    "not quite json": (lambda: b"{ this is a note }", "text/plain", ".txt"),
    "text": (lambda: "Привет, мир: %PDF- и PK\n".encode() * 9000, "text/plain", ".txt"),
    "text in one byte a letter": (lambda: "Сообщение о погоде на завтра".encode("cp1251"), "text/plain", ".txt"),
    "text in UTF-16": (lambda: "Привет".encode("utf-16"), "text/plain", ".txt"),
    "bytes": (lambda: b"\x00\x01\x02\x03" * 50, "application/octet-stream", ""),
    "bytes that begin like a bitmap": (lambda: b"BM\x00\x01 nothing of the kind", "application/octet-stream", ""),
    "eleven ones by chance": (lambda: b"\xff\xff\xff\xff" + bytes(50), "application/octet-stream", ""),
    "nothing": (lambda: b"", "application/octet-stream", ""),
    "photoshop, from the general table": (lambda: b"8BPS\x00\x01" + bytes(84), "image/vnd.adobe.photoshop", ".psd"),
}


@pytest.mark.parametrize("what", FILES)
def test_type_by_content(what: str, tmp_path: Path) -> None:
    make, mime, extension = FILES[what]
    liar = tmp_path / ("holiday.jpg" if "image" not in mime else "invoice.pdf")
    liar.write_bytes(make())
    assert (identify(liar).mime, identify(liar).extension) == (mime, extension)


# The registry of https://mp4ra.org/registered-types/brands; each other brand is a film.
BRANDS = {
    **dict.fromkeys(("heic", "heix", "hevc", "heim", "heis"), "image/heic"),
    **dict.fromkeys(("avif", "avis"), "image/avif"),
    **dict.fromkeys(("mif1", "msf1"), "image/heif"),
    **dict.fromkeys(("M4A ", "M4B "), "audio/mp4"),
    **dict.fromkeys(("3gp4", "3gp6", "3g2a"), "video/3gpp"),
    **dict.fromkeys(("isom", "mp42", "M4V ", "avc1"), "video/mp4"),
    "qt  ": "video/quicktime",
}


@pytest.mark.parametrize("brand", BRANDS)
def test_a_brand_names_the_type_of_its_file(brand: str) -> None:
    assert containers.identify(heif(brand.encode()), b"") == BRANDS[brand]


@pytest.mark.parametrize("atom", ["moov", "mdat", "wide", "free", "skip", "pnot"])
def test_a_film_from_before_there_were_brands(atom: str) -> None:
    """QuickTime File Format, 2001: any of these begins a file."""
    assert containers.identify(b"\x00\x00\x00\x20" + atom.encode() + bytes(24), b"") == "video/quicktime"


# Of the types that the standard library of Python 3.11 does not know: https://www.iana.org/assignments/media-types and
# the pages of the formats.
OTHERS = {
    "image/webp": ".webp",
    "image/jp2": ".jp2",
    "image/jpx": ".jpx",
    "image/jph": ".jph",
    "image/jpm": ".jpm",
    "image/j2c": ".j2c",
    "image/jxl": ".jxl",
    "application/x-tgsticker": ".tgs",
    "video/mj2": ".mj2",
    "video/3gpp": ".3gp",
    "video/x-matroska": ".mkv",
    "video/ogg": ".ogv",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    OFFICE + "wordprocessingml.document": ".docx",
    OFFICE + "spreadsheetml.sheet": ".xlsx",
    OFFICE + "presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/vnd.ms-outlook": ".msg",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": ".xlsb",
    "application/encrypted": "",  # of documents with a password: the ones inside may be of any type
    "application/x-ole-storage": "",  # any program's
    "application/vnd.android.package-archive": ".apk",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "application/gzip": ".gz",
    "application/x-7z-compressed": ".7z",
    "application/vnd.rar": ".rar",
}


def test_each_type_has_the_extension_that_other_programs_know() -> None:
    built_in = mimetypes.MimeTypes()  # without the tables of this machine
    for mime, extension in EXTENSIONS.items():
        assert extension == OTHERS.get(mime) or extension in built_in.guess_all_extensions(mime), mime


BITMAPS = (12, 40, 52, 56, 64, 108, 124)  # https://en.wikipedia.org/wiki/BMP_file_format has the sizes of all headers


@pytest.mark.parametrize("size", [*BITMAPS, *(size + 1 for size in BITMAPS), 0, 16])
def test_a_bitmap_has_a_header_of_a_known_size(size: int, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(b"BM" + (200).to_bytes(4, "little") + bytes(8) + size.to_bytes(4, "little") + bytes(180))
    assert (identify(file).mime == "image/bmp") is (size in BITMAPS)


@pytest.mark.parametrize("version", range(4))
@pytest.mark.parametrize("layer", range(1, 4))
def test_a_frame_of_sound_has_no_reserved_value(version: int, layer: int) -> None:
    """The fields of ISO/IEC 11172-3, 2.4.2.3: version 1, bit rates 0 and 15 and the sampling rate 3 are reserved."""
    for bitrate in range(16):
        for rate in range(4):
            head = bytes((0xFF, 0xE0 | version << 3 | layer << 1, bitrate << 4 | rate << 2, 0)) + bytes(413)
            sound = version != 1 and 0 < bitrate < 15 and rate != 3 and head[:2] != b"\xff\xfe"  # the mark of UTF-16
            assert containers.identify(head, b"") == ("audio/mpeg" if sound else None), (bitrate, rate)

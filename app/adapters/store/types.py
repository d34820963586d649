"""Recognises the type of a file by its content, never by its name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import puremagic

from app.adapters.store import compound, containers, newer_types, text
from app.domain.media_types import JXL, TGS

HEAD = 64 * 1024  # bytes to read from the start, where every format below has its signature
TAIL = 64 * 1024  # bytes to read from the end, for the directory of a zip
RELIABLE = 4  # bytes; shorter matches of the general table occur by chance


@dataclass(frozen=True)
class FileType:
    """mime: as registered; extension: with its dot, "" if unknown."""

    mime: str
    extension: str


UNKNOWN = FileType("application/octet-stream", "")

EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/tiff": ".tiff",
    "image/heic": ".heic",
    "image/heif": ".heif",
    "image/avif": ".avif",
    "image/jp2": ".jp2",
    "image/jpx": ".jpx",
    "image/jph": ".jph",
    "image/jpm": ".jpm",
    "image/j2c": ".j2c",
    JXL: ".jxl",
    TGS: ".tgs",
    "video/mj2": ".mj2",
    "image/svg+xml": ".svg",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/3gpp": ".3gp",
    "video/webm": ".webm",
    "video/x-matroska": ".mkv",
    "video/x-msvideo": ".avi",
    "video/ogg": ".ogv",
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "audio/x-wav": ".wav",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.ms-outlook": ".msg",
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": ".xlsb",
    "application/encrypted": "",
    "application/x-ole-storage": "",
    "application/vnd.android.package-archive": ".apk",
    "application/epub+zip": ".epub",
    "application/rtf": ".rtf",
    "application/gzip": ".gz",
    "application/x-7z-compressed": ".7z",
    "application/vnd.rar": ".rar",
    "text/html": ".html",
    "text/xml": ".xml",
    "text/plain": ".txt",
    "application/json": ".json",
}

SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),
    (b"MM\x00+", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"{\\rtf", "application/rtf"),
)
LATEST = 1024  # bytes from the start within which a PDF begins, as its specification allows
_PDF = re.compile(rb"[\r\n]?%PDF-\d\.\d")
_PADDING = b"\x00\t\n\r \xef\xbb\xbf"  # white space and the byte order mark of UTF-8

_RARE = [
    row
    for row in puremagic.magic_header_array
    # Texts have no signatures; the only one in the table is a device driver that begins with four times 0xff.
    if row.offset == 0 and len(row.byte_match) >= RELIABLE and row.mime_type and not row.mime_type.startswith("text/")
]


def identify(path: Path) -> FileType:
    """The type of a file, from at most 128 KiB of it; UNKNOWN if no format fits."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(len(head), size - TAIL))
        tail = stream.read()
        middle = compound.directory(stream, head)
    mime = newer_types.identify(head) or _by_signature(head) or compound.identify(head, middle)
    mime = mime or containers.identify(head, tail)
    mime = mime or _late_pdf(head, tail) or text.identify(head, whole=not tail) or newer_types.bare_jxl(head)
    if mime is not None:
        return FileType(mime, EXTENSIONS[mime])
    return _by_general_table(head)


def _by_signature(head: bytes) -> str | None:
    if head[:LATEST].lstrip(_PADDING).startswith(b"%PDF-"):
        return "application/pdf"
    return next((mime for start, mime in SIGNATURES if head.startswith(start)), None)


def _late_pdf(head: bytes, tail: bytes) -> str | None:
    """A PDF behind other bytes, such as the head of an HTTP answer. A text that tells of such files has no objects."""
    start = _PDF.search(head, 0, LATEST)
    if start is None or b" obj" not in head[start.end() :]:
        return None
    whole = b"startxref" in (tail or head)[-LATEST * 4 :]
    return "application/pdf" if whole or start[0].startswith((b"\r", b"\n")) else None


def _by_general_table(head: bytes) -> FileType:
    """Rarer formats: the longest match at the very start of the file, of at least RELIABLE bytes."""
    found = [row for row in _RARE if head.startswith(row.byte_match)]
    best = max(found, key=lambda row: len(row.byte_match), default=None)
    return FileType(best.mime_type, best.extension) if best else UNKNOWN

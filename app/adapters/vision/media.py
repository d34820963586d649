"""Opens a media file of any type: frames to recognise, and texts that need no recognition."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.adapters.vision.decode import decode_picture
from app.adapters.vision.decode_errors import bad_file
from app.adapters.vision.frames import Frame, Opened
from app.adapters.vision.types import PDF
from app.domain.media_types import HEIC, NOT_READ, PICTURES, TEXT, TEXTS, is_video
from app.domain.page_limits import PageLimits
from app.domain.reading import Inspection
from app.errors import Skip

ALL = PageLimits()


def reader_for(mime: str, pages: PageLimits = ALL) -> Callable[[Path, int], Opened] | None:
    """The function that opens files of this type; None for types without pictures and text."""
    if mime in PICTURES:
        return partial(open_picture, pages=pages.recognised)
    if mime in HEIC:
        return _open_heic
    if is_video(mime):
        return _open_video
    if mime in NOT_READ:
        return partial(_skip, mime)
    if mime in TEXTS:
        return partial(_open_text, mime)
    return partial(_open_pdf, pages=pages) if mime == PDF else None


def open_media(path: Path, mime: str, max_pixels: int, pages: PageLimits = ALL) -> Opened:
    """The content of a file. pages: of a document, that are read.

    Permanent if nothing can be decoded, Skip for a type without a reader.

    Errors of the machine pass: no memory, a missing file, a broken disk. Every other one of any decoder is Permanent.
    """
    reader = reader_for(mime, pages)
    if reader is None:
        raise Skip(f"no reader for {mime}")
    with bad_file(_kind(mime)):
        return reader(path, max_pixels)


def _kind(mime: str) -> str:
    if is_video(mime):
        return "video"
    if mime.startswith("image/"):
        return "HEIC picture" if mime in HEIC else "picture"
    return {PDF: "PDF", TEXT: "text"}.get(mime, "document")


def open_picture(path: Path, max_pixels: int, pages: int = ALL.recognised) -> Opened:
    """Opens a picture: upright, with its size and damage. pages: of a TIFF, at most."""
    decoded = decode_picture(path, max_pixels, pages)
    inspection = Inspection(width=decoded.width, height=decoded.height, pages=decoded.pages, damaged=decoded.damaged)
    return Opened(tuple(Frame(image) for image in decoded.frames), inspection)


def _skip(mime: str, _path: Path, _max_pixels: int) -> Opened:
    raise Skip(NOT_READ[mime])


def _open_text(mime: str, path: Path, max_pixels: int) -> Opened:
    # Late, as below, for libxml2.
    from app.adapters.vision.documents.formats import OPENERS

    opened = OPENERS[mime](path, max_pixels)
    if not (opened.text or "").strip():
        raise Skip("a document without text")
    return opened


def _open_heic(path: Path, max_pixels: int) -> Opened:
    # Late: libheif's libraries, which most workers never need.
    from app.adapters.vision.heic import open_heic

    return open_heic(path, max_pixels)


def _open_video(path: Path, max_pixels: int) -> Opened:
    # Late: FFmpeg's libraries take 60 ms and 40 MB, which a worker with pictures alone never needs.
    from app.adapters.vision.video import open_video

    return open_video(path, max_pixels)


def _open_pdf(path: Path, max_pixels: int, pages: PageLimits) -> Opened:
    # Late, as above, for PDFium.
    from app.adapters.vision.pdf import open_pdf

    return open_pdf(path, max_pixels, pages)

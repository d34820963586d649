"""The types of files that providers read; imports nothing, so that every module may import it."""

from __future__ import annotations

PICTURES = frozenset(
    f"image/{kind}" for kind in ("jpeg", "jpg", "png", "apng", "gif", "webp", "bmp", "x-ms-bmp", "tiff", "avif")
)
PDF, TEXT = "application/pdf", "text/plain"
HEIC = frozenset({"image/heic", "image/heif"})
OWN_TEXT = "text of the file"  # in place of an OCR engine's name, for text without recognition


def is_video(mime: str) -> bool:
    """Whether the type is any video; FFmpeg tells later whether it can decode the file."""
    return mime.startswith("video/")


def readable(mime: str) -> bool:
    """Whether there is a reader for the type."""
    return mime in PICTURES or mime in HEIC or mime in (PDF, TEXT) or is_video(mime)

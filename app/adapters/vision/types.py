"""Which types of files are read, by any provider; imports nothing, so that anyone may ask."""

from __future__ import annotations

PICTURES = frozenset(
    f"image/{kind}" for kind in ("jpeg", "jpg", "png", "apng", "gif", "webp", "bmp", "x-ms-bmp", "tiff", "avif")
)
PDF, TEXT = "application/pdf", "text/plain"
HEIC = frozenset({"image/heic", "image/heif"})
OWN_TEXT = "text of the file"  # the OCR engine's name where nothing was recognised


def is_video(mime: str) -> bool:
    """Whatever calls itself a video: FFmpeg says which of them it can decode."""
    return mime.startswith("video/")


def readable(mime: str) -> bool:
    """Whether there is a reader for the type."""
    return mime in PICTURES or mime in HEIC or mime in (PDF, TEXT) or is_video(mime)

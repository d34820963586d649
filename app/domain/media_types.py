"""Types of files by what they show: pictures, videos. Recognised by content, never by a sender's word."""

from __future__ import annotations

PICTURES = frozenset(
    f"image/{kind}" for kind in ("jpeg", "jpg", "png", "apng", "gif", "webp", "bmp", "x-ms-bmp", "tiff", "avif")
)
HEIC = frozenset({"image/heic", "image/heif"})


def is_video(mime: str) -> bool:
    """Whether the type is any video; FFmpeg tells later whether it can decode the file."""
    return mime.startswith("video/")

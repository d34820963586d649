"""Thumbnails: their widths, and which files have them."""

from __future__ import annotations

from app.domain.media_types import HEIC, PICTURES, is_video

# Pixels. For strips and tiles; for albums of a feed, and tiles on a fine screen; for a picture on its own page.
WIDTHS = (256, 512, 1080)


def is_pictured(mime: str) -> bool:
    """Whether files of the type have thumbnails: pictures, and videos by their first frame."""
    return mime in PICTURES or mime in HEIC or is_video(mime)


def size_at(width: int, size: tuple[int, int]) -> tuple[int, int]:
    """The size, in pixels, of a picture's thumbnail of this width. A narrower picture keeps its own size."""
    if size[0] <= width:
        return size
    return width, max(1, round(size[1] * width / size[0]))

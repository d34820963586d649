"""The types of files that providers read; imports no library, so that every module may import it."""

from __future__ import annotations

from app.domain.media_types import HEIC, NOT_READ, PICTURES, TEXTS, is_video

PDF = "application/pdf"


def readable(mime: str) -> bool:
    """Whether there is a reader for the type, if only one that names the reason why its files are not read."""
    return mime in PICTURES or mime in HEIC or mime in TEXTS or mime in NOT_READ or mime == PDF or is_video(mime)

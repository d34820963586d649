"""Counts the media that the limits of channels leave out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.pipeline.engine import counters


@dataclass(frozen=True)
class LeftOutCount:
    """Media left out by choice. bytes: as Telegram announces them."""

    files: int = 0
    bytes: int = 0


def left_out_counts(session: Session) -> dict[int, LeftOutCount]:
    """channel -> its media left out."""
    files, size = counters.by_key(session, "left_out_media", "left_out_media.bytes").values()
    return {channel: LeftOutCount(count, size.get(channel, 0)) for channel, count in files.items()}

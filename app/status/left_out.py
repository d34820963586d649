"""Counts the media that the limits of channels leave out."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import LeftOutMedia


@dataclass(frozen=True)
class LeftOutCount:
    """Media left out by choice. bytes: as Telegram announces them."""

    files: int = 0
    bytes: int = 0


def left_out_counts(session: Session) -> dict[int, LeftOutCount]:
    """channel -> its media left out. Reads the index of left-out media alone."""
    query = select(LeftOutMedia.channel_id, func.count(), func.sum(LeftOutMedia.bytes))
    rows = session.execute(query.group_by(LeftOutMedia.channel_id))
    return {channel: LeftOutCount(files, int(size)) for channel, files, size in rows}

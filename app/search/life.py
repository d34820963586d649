"""The life of a picture: on which days it and its near ones were posted, and where each was seen first.

Both read the table of the gallery: postings that the archive shows, each with its date and its cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.domain.permalinks import channel_key
from app.search.limits import COPIES, limited, walking
from app.search.within import Within

DAYS = text("""
    SELECT CAST(posted_at AT TIME ZONE 'UTC' AS date) AS day, count(*) AS postings FROM (
        SELECT posted_at, channel_id FROM shown WHERE cluster_id >= :cluster AND cluster_id <= :cluster
        ORDER BY cluster_id DESC, posted_at DESC, media_id DESC LIMIT :most
    ) AS copies WHERE CAST(:within AS bigint[]) IS NULL OR channel_id = ANY(:within) GROUP BY 1
""")
CLUSTER = text("SELECT coalesce((SELECT centre_id FROM look_alikes WHERE file_id = :file), :file)")
FIRST = text("""
    SELECT one.id AS media_id, first.media_id AS first_id, first.posted_at, medium.sha256, post.telegram_message_id,
        coalesce(nullif(channel.title, ''), channel.reference) AS channel,
        channel.reference, channel.username, channel.telegram_id
    FROM unnest(CAST(:media AS bigint[])) AS one (id)
    CROSS JOIN LATERAL (SELECT cluster_id AS id FROM shown WHERE media_id = one.id OFFSET 0) AS cluster
    CROSS JOIN LATERAL (
        SELECT media_id, posted_at FROM shown WHERE cluster_id >= cluster.id AND cluster_id <= cluster.id
            AND (CAST(:within AS bigint[]) IS NULL OR channel_id = ANY(:within))
        ORDER BY cluster_id, posted_at, media_id LIMIT 1
    ) AS first
    CROSS JOIN LATERAL (SELECT * FROM post_media WHERE id = first.media_id OFFSET 0) AS medium
    CROSS JOIN LATERAL (SELECT * FROM posts WHERE id = medium.post_id OFFSET 0) AS post
    CROSS JOIN LATERAL (SELECT * FROM channels WHERE id = post.channel_id OFFSET 0) AS channel
""")


@dataclass(frozen=True)
class FirstSeen:
    """The earliest posting of a cluster. itself: whether it is the medium that was asked for."""

    itself: bool
    sha256: str
    posted_at: datetime
    channel: str
    channel_key: str  # its part of an address of the page
    message_id: int


def days_of(session: Session, file: int, within: Within = None) -> dict[date, int]:
    """day in UTC -> postings of a file and its near ones: of the newest 1,000. within: by these channels alone."""
    with limited(session), walking(session):
        cluster = session.execute(CLUSTER, {"file": file}).scalar_one()
        rows = session.execute(DAYS, {"cluster": cluster, "most": COPIES, "within": _ids(within)})
        return {row.day: row.postings for row in rows}


def first_seen(session: Session, media: Sequence[int], within: Within = None) -> dict[int, FirstSeen]:
    """medium -> the earliest posting of its cluster; leaves out media without a file or a date. within: as above."""
    asked = {"media": list(media), "within": _ids(within)}
    with limited(session), walking(session):
        return {row.media_id: _first(row) for row in session.execute(FIRST, asked)}


def _ids(within: Within) -> list[int] | None:
    return None if within is None else list(within)


def _first(row: Row[Any]) -> FirstSeen:
    return FirstSeen(
        itself=row.first_id == row.media_id,
        sha256=row.sha256,
        posted_at=row.posted_at,
        channel=row.channel,
        channel_key=channel_key(row.username, row.telegram_id, row.reference),
        message_id=row.telegram_message_id,
    )

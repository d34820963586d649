"""A small press in a database: channels, posts of today and of the weeks before, for the tests of digests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import MediaFile, PostMedia, SearchDocument, Shown
from tests.factories import rows

NOW = datetime(2026, 3, 4, 18, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
SINCE = NOW - DAY
CHANNELS = 6
# As the sweeper adds the tags up (app/domain/trends.py).
COUNTED = """
    INSERT INTO tag_days SELECT tag, (posted_at AT TIME ZONE 'UTC')::date, channel_id, count(*)
    FROM search_documents, unnest(tag_list) AS tag GROUP BY 1, 2, 3
"""


class Press:
    """Channels 1 to 6, each with a name and the Telegram id 100 + its number. Posts are written in turn."""

    def __init__(self, session: Session, first: int = 1) -> None:
        """first: number of the first post that it writes."""
        self.session = session
        self._numbers = count(first)

    def open(self) -> None:
        """Writes the channels."""
        for number in range(1, CHANNELS + 1):
            about = {"username": f"c{number}", "telegram_id": 100 + number, "title": f"Channel {number}"}
            rows.channel(self.session, f"@c{number}", id=number, **about)

    def post(
        self,
        channel: int,
        words: str = "",
        *tags: str,
        at: datetime = NOW - timedelta(hours=6),
        forward: tuple[int, int | None] | None = None,
        pictures: tuple[int, ...] = (),
        ocr: str = "",
        labels: str = "",
        deleted: bool = False,
        edited: bool = False,
    ) -> int:
        """A publication as the index has it; its id, which is also that of its message.

        forward: Telegram id of the origin and id of the message there. pictures: clusters of look-alikes.
        """
        id_ = next(self._numbers)
        gone = {"deleted_at": NOW if deleted else None}
        publication = rows.publication(self.session, channel, id=id_, text=words, posted_at=at, **gone)
        origin, message = forward or (None, None)
        given = forward and {"from_telegram_id": origin, "message_id": message}
        rows.post(
            self.session,
            publication,
            id_,
            id=id_ + 1000,
            leads=True,
            text=words,
            posted_at=at,
            forward=given,
            forwarded_from=origin,
            forwarded_message=message,
            edited_at=NOW if edited else None,
            **gone,
        )
        self.session.add(
            SearchDocument(
                publication_id=id_,
                channel_id=channel,
                revision=3,
                text=words,
                tags="\n".join(tags),
                ocr=ocr,
                labels=labels,
                tag_list=list(tags),
                posted_at=at,
                content_hash=f"hash of {id_}",
                **gone,
            )
        )
        self.session.flush()
        for position, cluster in enumerate(pictures):
            self._show(id_, channel, at, cluster, position)
        return id_

    def _show(self, publication: int, channel: int, at: datetime, cluster: int, position: int) -> None:
        sha256 = f"{cluster:064x}"
        if self.session.get(MediaFile, cluster) is None:
            rows.add(self.session, MediaFile(id=cluster, sha256=sha256, size=9, mime="image/jpeg"))
        medium = rows.add(
            self.session, PostMedia(post_id=publication + 1000, position=position, kind="photo", sha256=sha256)
        )
        shown = {"posted_at": at, "channel_id": channel, "kind": "photo", "file_id": cluster, "cluster_id": cluster}
        rows.add(self.session, Shown(media_id=medium.id, **shown))

    def past(self, *tags: str, days: int = 28, channels: int = CHANNELS) -> None:
        """On each of so many days before the period a post with these tags in each of some channels."""
        for back in range(1, days + 1):
            for channel in range(1, channels + 1):
                words = f"Обычный день номер {back} канала {channel}, пост {'-'.join(tags)} без новостей"
                self.post(channel, words, *tags, at=SINCE - back * DAY)

    def counted(self) -> None:
        """The sweeper has added all tags up. Once, when all posts are written."""
        self.session.execute(text(COUNTED))

"""The table of media that a channel's limits leave out: it is counted and searched without a look at other tables."""

from __future__ import annotations

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now


class LeftOutMedia(Base):
    """A medium whose download was skipped by the channel's limits (domain.fetching).

    Without foreign keys: their locks on media would be taken after those of work rows, against the order of locks.
    """

    __tablename__ = "left_out_media"
    __table_args__ = (
        # channels set: those of a channel, in pages; their first count by channel, from the index alone
        Index("idx_left_out_media_channel_id", "channel_id", "media_id", postgresql_include=["bytes"]),
    )

    media_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # post_media
    channel_id: Mapped[int]
    rule: Mapped[str] = mapped_column(Text)  # the limit that left it out: kind, size or date
    bytes: Mapped[int] = mapped_column(server_default="0")  # announced by Telegram; 0 if it announced none
    left_at: Mapped[Now]

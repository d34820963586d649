"""The table of watched channels, with the position up to which each has been read."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ARRAY, Date, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class Channel(Base):
    """A watched Telegram channel or public group. Unresolved until its first poll has asked Telegram."""

    __tablename__ = "channels"
    __table_args__ = (
        # channels add: find a channel that is watched already
        Index("ux_channels_reference", "reference", unique=True),
        Index("ux_channels_telegram_id", "telegram_id", unique=True, postgresql_where="telegram_id IS NOT NULL"),
    )

    id: Mapped[Pk]
    reference: Mapped[str] = mapped_column(Text)  # as the user gave it: @name or an id
    telegram_id: Mapped[int | None]  # bare positive id
    access_hash: Mapped[int | None]  # valid for `account` only
    account: Mapped[str | None] = mapped_column(Text)  # fingerprint of the auth key that resolved it
    username: Mapped[str | None] = mapped_column(Text)  # NULL: private
    title: Mapped[str] = mapped_column(Text, server_default="")
    enabled: Mapped[bool] = mapped_column(server_default="true")
    # Live cursor: every id up to it has been read or is left to backfill. Written by compare-and-set only.
    cursor: Mapped[int | None]
    # Backfill reads ids below this one, downwards; 0 once it has reached the beginning, NULL before the first poll.
    backfill_cursor: Mapped[int | None]
    last_polled_at: Mapped[datetime | None]  # the last attempt
    last_success_at: Mapped[datetime | None]  # the last poll that reached the head
    last_error: Mapped[str | None] = mapped_column(Text)
    added_at: Mapped[Now]
    # Limits on the files that are fetched (domain.fetching.FetchRules); NULL is no limit.
    fetch_kinds: Mapped[list[str] | None] = mapped_column(ARRAY(Text))  # domain.kinds.MediaKind
    fetch_max_bytes: Mapped[int | None]
    fetch_since: Mapped[date | None] = mapped_column(Date)
    # Set where backfill stopped by choice: the ids below its cursor were posted before this day. NULL: it did not.
    history_left_before: Mapped[date | None] = mapped_column(Date)

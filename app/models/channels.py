"""The table of watched channels, with the position up to which each has been read."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ARRAY, ColumnElement, Date, ForeignKey, Index, Text, exists, func, text
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
    reference: Mapped[str] = mapped_column(Text)  # as the user gave it; @name of today or an id after a rename
    telegram_id: Mapped[int | None]  # bare positive id
    access_hash: Mapped[int | None]  # valid for `account` only
    account: Mapped[str | None] = mapped_column(
        Text
    )  # fingerprint of the user whose hash it is (of the login, in old rows)
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
    # What the login that read the channel last may see of it (app/domain/deletions.py).
    login: Mapped[str | None] = mapped_column(Text)  # fingerprint of the session
    seen_from: Mapped[int | None]  # the lowest id that this login ever saw
    hidden_until: Mapped[int | None]  # ids up to it are kept from this login
    vanished_at: Mapped[datetime | None]  # since when no known post is left; NULL: some are there
    described_at: Mapped[datetime | None]  # when Telegram told the names and the title
    restriction: Mapped[str] = mapped_column(Text, server_default="")  # domain.messages.Restriction

    @classmethod
    def called(cls, name: str) -> ColumnElement[bool]:
        """Whether a channel has this name (without @) today, as far as Telegram has told."""
        wanted = name.lower()  # Telegram's names ignore case
        named = exists().where(
            ChannelName.channel_id == cls.id, ChannelName.until.is_(None), func.lower(ChannelName.name) == wanted
        )
        waits = cls.telegram_id.is_(None) & (func.lower(cls.reference) == f"@{wanted}")
        return (func.lower(cls.username) == wanted) | named | waits

    @classmethod
    def once_called(cls, name: str) -> ColumnElement[bool]:
        """Whether a channel had this name (without @) at an earlier time."""
        return exists().where(ChannelName.channel_id == cls.id, func.lower(ChannelName.name) == name.lower())


class ChannelName(Base):
    """A public name of a channel, and when it had it. A channel may have several at a time, and any can pass on."""

    __tablename__ = "channel_names"
    __table_args__ = (
        # poll: the names of today
        Index(
            "ux_channel_names_channel_id_name",
            "channel_id",
            text("lower(name)"),
            unique=True,
            postgresql_where=text("until IS NULL"),
        ),
        Index("idx_channel_names_name", text("lower(name)")),  # explain, search, channels: who has or had a name
    )

    id: Mapped[Pk]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(Text)  # without @, as Telegram writes it
    since: Mapped[Now]  # when it was first seen
    until: Mapped[datetime | None]  # when it was first missing; NULL: the name of today


class TelegramLogin(Base):
    """One row: the login under which work with Telegram waits. Another one ends these waits."""

    __tablename__ = "telegram_login"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # always 1
    login: Mapped[str] = mapped_column(Text)  # fingerprint of the session
    since: Mapped[Now]

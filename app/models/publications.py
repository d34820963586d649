"""The tables of publications, albums and the items of albums."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class Publication(Base):
    """A publication, which a reader sees as one thing: a lone post, or an album through its lead post."""

    __tablename__ = "publications"
    __table_args__ = (
        # the publication of an album: poll
        Index(
            "ux_publications_channel_id_grouped_id",
            "channel_id",
            "grouped_id",
            unique=True,
            postgresql_where=text("grouped_id IS NOT NULL"),
        ),
        # All ascending: a list reads its index backwards, and its ORDER BY names every column of it.
        Index("idx_publications_feed", "posted_at", "id"),  # feed of all channels
        Index("idx_publications_channel_feed", "channel_id", "posted_at", "id"),  # feed of a channel
        Index(
            "ux_publications_lead_post_id",
            "lead_post_id",
            unique=True,
            postgresql_where=text("lead_post_id IS NOT NULL"),
        ),
        Index("idx_publications_trace_id", "trace_id"),  # explain --trace: from a log or dashboard to the post
    )

    id: Mapped[Pk]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="RESTRICT"))
    lead_post_id: Mapped[int | None] = mapped_column(
        # Posts reference publications and this column references back: it is filled later in the same transaction.
        ForeignKey("posts.id", ondelete="RESTRICT", use_alter=True, deferrable=True, initially="DEFERRED")
    )
    grouped_id: Mapped[int | None] = mapped_column(BigInteger)
    revision: Mapped[int] = mapped_column(server_default="1")
    fingerprint: Mapped[str] = mapped_column(
        Text, server_default=""
    )  # domain.albums.fingerprint; a change bumps revision
    persisted_revision: Mapped[int] = mapped_column(server_default="0")  # the last revision that persist completed
    text: Mapped[str] = mapped_column(Text, server_default="")  # captions of all items, in order
    trace_id: Mapped[str] = mapped_column(Text, server_default="")  # of the message that made this revision
    posted_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]  # set when every item is gone
    created_at: Mapped[Now]


class MediaGroup(Base):
    """An album. Only persist_publication writes kind and count, which it computes from the items."""

    __tablename__ = "media_groups"
    __table_args__ = (
        UniqueConstraint("channel_id", "grouped_id"),
        UniqueConstraint("publication_id"),
        CheckConstraint("album_kind IN ('photo', 'video', 'mixed')", name="album_kind"),
        CheckConstraint("state IN ('open', 'complete')", name="state"),
        # albums that may still grow: status, idle
        Index("idx_media_groups_open", "channel_id", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[Pk]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="RESTRICT"))
    grouped_id: Mapped[int] = mapped_column(BigInteger)
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="RESTRICT"))
    album_kind: Mapped[str] = mapped_column(Text)
    items_count: Mapped[int] = mapped_column(server_default="0")
    caption: Mapped[str] = mapped_column(Text, server_default="")
    state: Mapped[str] = mapped_column(Text, server_default="open")
    collects: Mapped[int] = mapped_column(server_default="0")  # requests to Telegram since the last new item
    created_at: Mapped[Now]
    completed_at: Mapped[datetime | None]


class MediaGroupItem(Base):
    """A post's place in its album; positions are 0, 1, ... by message id."""

    __tablename__ = "media_group_items"
    __table_args__ = (UniqueConstraint("post_id"),)

    group_id: Mapped[int] = mapped_column(ForeignKey("media_groups.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="RESTRICT"))

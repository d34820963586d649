"""The tables of posts and of their media."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk

# Posts whose columns are not those of the JSON beside them: written by an earlier release, or by a worker of it. As
# texts, so that no number that JSON can hold is refused.
UNFILLED = (
    "forward ->> 'from_telegram_id' IS DISTINCT FROM forwarded_from::text"
    " OR forward ->> 'message_id' IS DISTINCT FROM forwarded_message::text"
)


class Post(Base):
    """One Telegram message. A message deleted in Telegram keeps its row and gets deleted_at.

    Only `forget` deletes rows (docs/forget.md).
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("channel_id", "telegram_message_id"),
        CheckConstraint("status IN ('ok', 'unparsed')", name="status"),
        # the items of a publication: persist, merge, index
        Index("idx_posts_publication_id", "publication_id"),
        # media posts of a channel, newest first: status and backfill of media
        Index("idx_posts_has_media_true", "channel_id", text("posted_at DESC"), postgresql_where=text("has_media")),
        # the known siblings of an album: poll and collect
        Index(
            "idx_posts_with_grouped_id",
            "channel_id",
            "grouped_id",
            postgresql_where=text("grouped_id IS NOT NULL"),
        ),
        # posts forwarded from a channel, newest first: forwards_of
        Index(
            "idx_posts_forwarded_from",
            "forwarded_from",
            text("posted_at DESC"),
            text("id DESC"),
            postgresql_where=text("forwarded_from IS NOT NULL"),
        ),
        # sweep: posts whose columns of the forward are left to fill. No other index has this order.
        Index("idx_posts_forward_unfilled", "posted_at", "id", postgresql_where=text(UNFILLED)),
    )

    id: Mapped[Pk]
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="RESTRICT"))
    telegram_message_id: Mapped[int]
    publication_id: Mapped[int | None] = mapped_column(ForeignKey("publications.id", ondelete="RESTRICT"))
    grouped_id: Mapped[int | None] = mapped_column(BigInteger)  # signed 64 bit, negative half the time
    status: Mapped[str] = mapped_column(Text, server_default="ok")
    posted_at: Mapped[datetime | None]  # NULL only for an unparsed message without a date
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    text: Mapped[str] = mapped_column(Text, server_default="")
    entities: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")
    has_media: Mapped[bool] = mapped_column(server_default="false")
    service: Mapped[bool] = mapped_column(server_default="false")
    kind: Mapped[str | None] = mapped_column(Text)  # of message, for a reader; NULL until it is read again
    words: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")  # domain.words
    not_taken: Mapped[list[str]] = mapped_column(
        JSONB, server_default="[]"
    )  # parts left in Telegram, each with its reason
    forward: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # Of forward, in columns: the Telegram id of the channel or user of origin, and the id of the message there.
    forwarded_from: Mapped[int | None]
    forwarded_message: Mapped[int | None]
    reply_to: Mapped[int | None]
    views: Mapped[int | None]
    forwards: Mapped[int | None]
    history: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default="[]")  # texts before each edit
    # Deferred: the larger half of a row, which each step would parse and none reads.
    raw: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}", deferred=True)
    error: Mapped[str | None] = mapped_column(Text)  # why it is unparsed
    created_at: Mapped[Now]


class PostMedia(Base):
    """A medium of a post, with the file downloaded for it. A replaced medium keeps its row and gets replaced_at.

    A post has several: positions count them, own media first.
    """

    __tablename__ = "post_media"
    __table_args__ = (
        # one current medium for each place: poll's upsert
        Index(
            "ux_post_media_post_id_position",
            "post_id",
            "position",
            unique=True,
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("idx_post_media_post_id", "post_id"),  # forget: the check of the foreign key where a post goes
        Index("idx_post_media_sha256", "sha256"),  # posts with a file: sweep of merge, explain, search, reanalyze
        # download: a Telegram file that was posted before or is being downloaded is reused without a request
        Index(
            "idx_post_media_telegram_key",
            "telegram_key",
            postgresql_where=text("telegram_key <> ''"),
        ),
        # index: the media of a post that edits replaced, which the gallery no longer shows
        Index("idx_post_media_replaced", "post_id", postgresql_where=text("replaced_at IS NOT NULL")),
    )

    id: Mapped[Pk]
    post_id: Mapped[int] = mapped_column(ForeignKey("posts.id", ondelete="RESTRICT"))
    position: Mapped[int] = mapped_column(server_default="0")
    role: Mapped[str] = mapped_column(Text, server_default="own")  # domain.kinds.MediaRole
    kind: Mapped[str] = mapped_column(Text)  # domain.kinds.MediaKind
    telegram_key: Mapped[str] = mapped_column(Text, server_default="")
    size: Mapped[int | None]  # bytes announced by Telegram
    mime: Mapped[str | None] = mapped_column(Text)  # as the sender claims
    file_name: Mapped[str | None] = mapped_column(Text)  # as the sender claims
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration: Mapped[float | None]  # seconds
    location: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    sha256: Mapped[str | None] = mapped_column(ForeignKey("media_files.sha256", ondelete="RESTRICT"))
    replaced_at: Mapped[datetime | None]

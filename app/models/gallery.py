"""The table of the gallery: each medium that the archive shows, with its date and its cluster of look-alikes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class Shown(Base):
    """A current medium with a file, of a dated post of a publication. Columns are copies of those of other tables.

    It has no foreign keys: a check of one waits for download, which locks post_media before work rows, while the index
    step has locked its work row before it writes here. `verify` compares the rows instead.
    """

    __tablename__ = "shown"
    # All ascending: a list reads its index backwards, and its ORDER BY names every column of it.
    __table_args__ = (
        Index("idx_shown_posted_at", "posted_at", "media_id"),  # gallery of all channels
        Index("idx_shown_channel_id", "channel_id", "posted_at", "media_id"),  # gallery of a channel
        Index("idx_shown_kind", "kind", "posted_at", "media_id"),  # gallery of a kind
        # gallery: the newest posting of a cluster, its copies and channels; look_alikes: the rows of a file
        Index("idx_shown_cluster_id", "cluster_id", "posted_at", "media_id", postgresql_include=["channel_id", "kind"]),
    )

    media_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)  # post_media.id
    posted_at: Mapped[datetime]  # of the post
    channel_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)  # domain.kinds.MediaKind
    file_id: Mapped[int]  # media_files.id
    cluster_id: Mapped[int]  # the file at the centre of its star; the file itself if it is one, or has none


class ShownFill(Base):
    """The walk of the sweeper through publications from before this table came. No row: it has ended."""

    __tablename__ = "shown_fill"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cursor: Mapped[int]  # the publication up to which all media have their rows

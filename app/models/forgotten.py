"""The tables of forgetting: tombstones, the key of their digests, and the erasing that is under way."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class Tombstone(Base):
    """Something that was forgotten, under a digest of its identity: it keeps that thing from being stored again.

    A file has more of them, one for each number by which Telegram knows it, and a channel one for each of its names.
    """

    __tablename__ = "tombstones"
    __table_args__ = (
        # poll, backfill, collect, download, verify: whether these things were forgotten
        UniqueConstraint("kind", "digest"),
        Index("idx_tombstones_belongs_to", "belongs_to"),  # channels add --forgotten: those that go with a tombstone
    )

    id: Mapped[Pk]
    kind: Mapped[str] = mapped_column(Text)  # domain.tombstones.Kind
    digest: Mapped[str] = mapped_column(Text)  # domain.tombstones.digest
    belongs_to: Mapped[int | None] = mapped_column(ForeignKey("tombstones.id", ondelete="CASCADE"))
    why: Mapped[str] = mapped_column(Text, server_default="")  # as the operator wrote it
    by: Mapped[str] = mapped_column(Text)  # name of the operator
    forgotten_at: Mapped[Now]
    erased_at: Mapped[datetime | None]  # when the last row and byte of it went; NULL: that is under way


class TombstoneKey(Base):
    """The key of all digests: one row, drawn with the first tombstone."""

    __tablename__ = "tombstone_key"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    key: Mapped[bytes] = mapped_column(LargeBinary)


class Forgetting(Base):
    """The subject of a tombstone, in plain, as long as its erasing takes. Its id is that of the tombstone."""

    __tablename__ = "forgetting"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    channel_id: Mapped[int | None]  # of a channel: its row
    sha256: Mapped[str | None] = mapped_column(Text)  # of a file
    # Until when a worker may still write a file of it: its lease, which was taken from it, would have ended then.
    late_until: Mapped[datetime | None]
    began_at: Mapped[Now]
    exports: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # directories to remove


class ForgettingFile(Base):
    """A file whose rows are gone and whose bytes are to go. A download that brings the same bytes waits meanwhile."""

    __tablename__ = "forgetting_files"
    __table_args__ = (Index("idx_forgetting_files_tombstone_id", "tombstone_id"),)  # forget: the next files

    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    tombstone_id: Mapped[int]
    # Set while the file is looked for once more later, because a worker may write thumbnails of it.
    erased_at: Mapped[datetime | None]

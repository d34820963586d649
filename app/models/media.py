"""The tables of media files, recipes, the vision chain and readings."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk
from app.models.near import BANDS


class MediaFile(Base):
    """Bytes, named by their sha256; stored once however often they are posted."""

    __tablename__ = "media_files"
    __table_args__ = (
        UniqueConstraint("sha256"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        # files with a near hash: similar, and the reading that a near-duplicate borrows
        Index(
            "idx_media_files_bands",
            text(BANDS),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
            postgresql_where=text("phash IS NOT NULL"),
        ),
    )

    id: Mapped[Pk]
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int]  # bytes
    mime: Mapped[str] = mapped_column(Text)  # by content
    extension: Mapped[str] = mapped_column(Text, server_default="")  # by content, with the dot
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration: Mapped[float | None]  # seconds
    pages: Mapped[int | None]
    damaged: Mapped[str | None] = mapped_column(Text)  # the fault that decoding found
    phash: Mapped[str | None] = mapped_column(Text)  # 16 hex digits
    flat: Mapped[bool | None]  # a picture of one even shade; NULL if it was read before this column came
    created_at: Mapped[Now]


class VisionVersion(Base):
    """A recipe. Its id is the vision version under which readings are stored and paid."""

    __tablename__ = "vision_versions"
    __table_args__ = (UniqueConstraint("provider", "model", "prompt_hash", "schema_version"),)

    id: Mapped[Pk]
    provider: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    prompt_hash: Mapped[str] = mapped_column(Text)
    schema_version: Mapped[int]
    registered_at: Mapped[Now]


class VisionChain(Base):
    """The active chain: one row, members by position, the primary first. rank() of domain.versions reads it."""

    __tablename__ = "vision_chain"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    members: Mapped[list[int]] = mapped_column(JSONB, server_default="[]")


class MediaVision(Base):
    """The reading of one media file by one recipe. The raw answers of paid providers are in raw_answers."""

    __tablename__ = "media_vision"
    __table_args__ = (
        UniqueConstraint("media_file_id", "vision_version_id"),
        CheckConstraint("status IN ('ok', 'partial', 'error', 'refused', 'no_answer')", name="status"),
        Index("idx_media_vision_vision_version_id", "vision_version_id"),  # reanalyze: readings of a recipe
        # forget: the readings that were borrowed from a file
        Index(
            "idx_media_vision_borrowed_from",
            "borrowed_from",
            postgresql_where=text("borrowed_from IS NOT NULL"),
        ),
    )

    id: Mapped[Pk]
    media_file_id: Mapped[int] = mapped_column(ForeignKey("media_files.id", ondelete="RESTRICT"))
    vision_version_id: Mapped[int] = mapped_column(ForeignKey("vision_versions.id", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(Text)  # refused, no_answer: the provider gave no reading
    reading: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # domain.reading.Reading
    raw: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    tokens: Mapped[int] = mapped_column(server_default="0")  # cost of this reading, repairs included
    error: Mapped[str | None] = mapped_column(Text)
    borrowed_from: Mapped[str | None] = mapped_column(Text)  # sha256 of the near-duplicate that was read in its place
    borrowed_bits: Mapped[int | None]  # number of bits in which the two perceptual hashes differ
    created_at: Mapped[Now]

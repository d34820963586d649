"""The tables of exports: one row each, and the parts and files of those that are being made."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class Export(Base):
    """An export. Its row of work (step `export`) tells its state. It stays until a user deletes it."""

    __tablename__ = "exports"
    # make: those that are not whole yet, which are few
    __table_args__ = (Index("idx_exports_open", "id", postgresql_where=text("ended_at IS NULL")),)

    id: Mapped[Pk]  # lists by time read the primary key
    directory: Mapped[str] = mapped_column(Text, unique=True)  # below exports/ of the home
    query: Mapped[str] = mapped_column(Text)  # as the user wrote it
    expanded: Mapped[str] = mapped_column(Text)  # as app/domain/query prints it, with its saved searches
    channel_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))  # beside the query; NULL is no limit
    formats: Mapped[list[str]] = mapped_column(ARRAY(Text))  # domain.export.plan.Format
    media: Mapped[bool]
    language: Mapped[str] = mapped_column(Text)  # of its HTML
    made_by: Mapped[str] = mapped_column(Text)
    via: Mapped[str] = mapped_column(Text)  # domain.access.audited.Via
    made_at: Mapped[Now]
    total: Mapped[int | None]  # hits when it was asked for, counted to 10,000; one more stands for more
    cursor: Mapped[str | None] = mapped_column(Text)  # behind the last publication that is written
    read: Mapped[bool] = mapped_column(server_default="false")  # whether all publications are written
    parts: Mapped[int] = mapped_column(server_default="0")
    publications: Mapped[int] = mapped_column(server_default="0")
    posts: Mapped[int] = mapped_column(server_default="0")
    media_files: Mapped[int] = mapped_column(server_default="0")
    pages: Mapped[int] = mapped_column(server_default="0")  # of HTML
    files: Mapped[int] = mapped_column(server_default="0")  # of the whole export, once it is whole
    size: Mapped[int] = mapped_column(server_default="0")  # bytes: those written, in the end those of the export
    trace_id: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None]


class ExportPart(Base):
    """A part that is written. Closing joins the parts and deletes their rows."""

    __tablename__ = "export_parts"

    export_id: Mapped[int] = mapped_column(
        ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 0
    name: Mapped[str] = mapped_column(Text)  # of the directory that the attempt made


class ExportMedia(Base):
    """A file that a part of an unfinished export brought, so that no later part brings it again."""

    __tablename__ = "export_media"

    export_id: Mapped[int] = mapped_column(
        ForeignKey("exports.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sha256: Mapped[str] = mapped_column(Text, primary_key=True)
    path: Mapped[str | None] = mapped_column(Text)  # in the export; NULL for one that the store had lost

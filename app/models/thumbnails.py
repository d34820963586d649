"""The table of the walk through files whose thumbnails nothing has made due."""

from __future__ import annotations

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base


class ThumbnailFill(Base):
    """The walk of the sweeper through files from before there were thumbnails. No row: it has ended."""

    __tablename__ = "thumbnail_fill"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cursor: Mapped[int]  # the media file up to which all thumbnails were made due

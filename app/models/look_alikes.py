"""The tables of look-alikes: stars of pictures around the first one of each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now
from app.models.near import BANDS


class LookAlikeCentre(Base):
    """A picture that was near no centre when it was placed: the centre of a star. It has no row in look_alikes."""

    __tablename__ = "look_alike_centres"
    __table_args__ = (
        # the centres near a new picture: its star
        Index(
            "idx_look_alike_centres_bands",
            text(BANDS),
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
    )

    file_id: Mapped[int] = mapped_column(
        ForeignKey("media_files.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    phash: Mapped[str] = mapped_column(Text)  # of the file when it was placed
    created_at: Mapped[Now]


class LookAlike(Base):
    """An edge from a picture to the centre of its star: one for each picture, however many copies a star has."""

    __tablename__ = "look_alikes"
    __table_args__ = (
        CheckConstraint("file_id <> centre_id", name="no_loop"),
        Index("idx_look_alikes_centre_id", "centre_id"),  # the pictures of a star: similar
    )

    file_id: Mapped[int] = mapped_column(
        ForeignKey("media_files.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    centre_id: Mapped[int] = mapped_column(ForeignKey("look_alike_centres.file_id", ondelete="RESTRICT"))
    bits: Mapped[int]  # in which the two hashes differ
    created_at: Mapped[Now]


class LookAlikeDue(Base):
    """A picture that came while another was being placed. The sweeper places it and deletes the row."""

    __tablename__ = "look_alikes_due"

    file_id: Mapped[int] = mapped_column(
        ForeignKey("media_files.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )


class LookAlikeFill(Base):
    """The walk of the sweeper through an archive that was read before this table came: one row."""

    __tablename__ = "look_alike_fill"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    above: Mapped[int] = mapped_column(server_default="0")  # all files up to this id are placed
    rounds: Mapped[int] = mapped_column(server_default="0")  # walks that came to the end
    ended_at: Mapped[datetime | None]  # of the last walk, while none is under way

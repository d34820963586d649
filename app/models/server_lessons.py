"""The table of what servers of models do not take."""

from __future__ import annotations

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now


class ServerLesson(Base):
    """One part of a request that a model on a server rejects. Dropped after a day: then the part is sent once more."""

    __tablename__ = "server_lessons"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    address: Mapped[str] = mapped_column(Text, primary_key=True)  # of the server, without credentials
    model: Mapped[str] = mapped_column(Text, primary_key=True)
    part: Mapped[str] = mapped_column(Text, primary_key=True)  # domain.server_lessons.Part
    words: Mapped[str] = mapped_column(Text)  # the server's, without secrets
    most: Mapped[int | None]  # pictures that it takes in a request
    learned_at: Mapped[Now]

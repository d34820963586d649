"""The table of runs that read or tag posts again, and of their stops."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class ReprocessRun(Base):
    """A run that makes chosen work due again, a window of ids in each transaction; or the stop of such work.

    The price that a user agreed to holds for the files up to `until_id` and for these versions alone.
    """

    __tablename__ = "reprocess_runs"
    __table_args__ = (
        # the sweeper goes on with open ones; a run that is started twice at once is one
        Index("ux_reprocess_runs_open", "what", "act", "scope", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("idx_reprocess_runs_what", "what", text("id DESC")),  # the newest of each kind: page and API
        CheckConstraint("act IN ('start', 'stop')", name="act"),
    )

    id: Mapped[Pk]
    what: Mapped[str] = mapped_column(Text)  # reprocess.dry_run.What
    act: Mapped[str] = mapped_column(Text)
    scope: Mapped[dict[str, Any]]  # the options as the user wrote them
    choice: Mapped[dict[str, Any]]  # the same as ids and times
    versions: Mapped[str] = mapped_column(Text, server_default="")  # recipes or tagger of the price
    until_id: Mapped[int] = mapped_column(server_default="0")  # the highest file or publication at the start
    cursor: Mapped[int] = mapped_column(server_default="0")  # all up to this id are done with
    subjects: Mapped[int] = mapped_column(server_default="0")  # files or publications of the price
    tokens: Mapped[int] = mapped_column(server_default="0")  # the price
    rows: Mapped[int] = mapped_column(server_default="0")  # made due so far, or ended so far by a stop
    started_at: Mapped[Now]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(Text)  # of an early end

"""The work table: PostgreSQL is the truth, every broker message is a hint."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class Work(Base):
    """One step of one subject at one revision. What subject and revision mean: domain.kinds.Step."""

    __tablename__ = "work"
    __table_args__ = (
        UniqueConstraint("step", "subject_id", "revision"),
        CheckConstraint("state IN ('due', 'leased', 'waiting', 'done', 'skipped', 'unknown', 'dead')", name="state"),
        CheckConstraint("(state = 'leased') = (lease_token IS NOT NULL)", name="lease"),
        # sweep: what is due and not hinted at lately, by whose turn it is, the longest silent first
        Index("idx_work_turn", "step", "turn", "hint_at", postgresql_where=text("state = 'due'")),
        # sweep: what has waited long enough
        Index("idx_work_waiting", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        # sweep: leases that ran out
        Index("idx_work_leased", "lease_until", postgresql_where=text("state = 'leased'")),
        # status, dead list
        Index("idx_work_stuck", "step", postgresql_where=text("state IN ('waiting', 'unknown', 'dead')")),
    )

    id: Mapped[Pk]
    step: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int]
    revision: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(Text, server_default="due")
    reason: Mapped[str | None] = mapped_column(Text)  # why it waits, was skipped or died
    turn: Mapped[int] = mapped_column(server_default="0")  # domain.kinds.Turn
    # why it is wanted beyond the flow: reread (`reanalyze` or `retag`) or again (a file that the store lost)
    asked: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[Now]
    hint_at: Mapped[Now]  # the sweeper publishes from this time on: a message is believed to be under way until then
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    last_error: Mapped[str | None] = mapped_column(Text)
    trace_id: Mapped[str | None] = mapped_column(Text)
    seconds: Mapped[float] = mapped_column(server_default="0")  # time spent in perform, over all attempts
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class WorkerHeartbeat(Base):
    """A live process, seen through the database and not only through the broker."""

    __tablename__ = "worker_heartbeats"

    worker: Mapped[str] = mapped_column(Text, primary_key=True)
    pid: Mapped[int]
    queues: Mapped[str] = mapped_column(Text)
    leases: Mapped[str | None] = mapped_column(Text)  # how its lease tokens begin: pipeline.engine.leases
    place: Mapped[str | None] = mapped_column(Text)  # where its pid is a process: pipeline.engine.reclaim
    started_at: Mapped[Now]  # when the process that writes it now wrote it first
    seen_at: Mapped[Now]
    busy_since: Mapped[datetime | None]  # begin of the longest work in hand
    hangs: Mapped[str | None] = mapped_column(Text)  # what does not move though the process lives, in its own words
    ended_at: Mapped[datetime | None]  # it ended in good order: its silence is no fault

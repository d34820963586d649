"""The tables of work and of worker heartbeats. Rows of work are the truth; every broker message is only a hint."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class Work(Base):
    """One step of one subject at one revision. domain.kinds.Step tells the meaning of subject and revision."""

    __tablename__ = "work"
    __table_args__ = (
        UniqueConstraint("step", "subject_id", "revision"),
        CheckConstraint("state IN ('due', 'leased', 'waiting', 'done', 'skipped', 'unknown', 'dead')", name="state"),
        CheckConstraint("(state = 'leased') = (lease_token IS NOT NULL)", name="lease"),
        # sweep: due rows without a recent message, by turn, those longest without one first
        Index("idx_work_turn", "step", "turn", "hint_at", postgresql_where=text("state = 'due'")),
        # sweep: rows that have waited long enough
        Index("idx_work_waiting", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        # sweep: expired leases
        Index("idx_work_leased", "lease_until", postgresql_where=text("state = 'leased'")),
        # dead list and its page: rows of a step and a state, by id
        Index(
            "idx_work_stuck_list",
            *("step", "state", "id"),
            postgresql_where=text("state IN ('waiting', 'unknown', 'dead')"),
        ),
    )

    id: Mapped[Pk]
    step: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[int]
    revision: Mapped[int] = mapped_column(server_default="0")
    state: Mapped[str] = mapped_column(Text, server_default="due")
    reason: Mapped[str | None] = mapped_column(Text)  # why it waits, was skipped or died
    turn: Mapped[int] = mapped_column(server_default="0")  # domain.kinds.Turn
    # why it is wanted beyond the flow: reread (`reanalyze` or `retag`), again (a file that the store
    # lost) or preview (a reading by the local provider alone)
    asked: Mapped[str | None] = mapped_column(Text)
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[Now]
    hint_at: Mapped[Now]  # the sweeper publishes from this time on; until then a message counts as under way
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[uuid.UUID | None] = mapped_column(Uuid)
    last_error: Mapped[str | None] = mapped_column(Text)
    trace_id: Mapped[str | None] = mapped_column(Text)
    seconds: Mapped[float] = mapped_column(server_default="0")  # time spent in perform, over all attempts
    created_at: Mapped[Now]
    updated_at: Mapped[Now]


class WorkerHeartbeat(Base):
    """The heartbeat of a process, in the database and not only through the broker."""

    __tablename__ = "worker_heartbeats"

    worker: Mapped[str] = mapped_column(Text, primary_key=True)
    pid: Mapped[int]
    queues: Mapped[str] = mapped_column(Text)
    leases: Mapped[str | None] = mapped_column(Text)  # prefix of its lease tokens: pipeline.engine.leases
    place: Mapped[str | None] = mapped_column(Text)  # boot id plus PID namespace of its pid: pipeline.engine.reclaim
    started_at: Mapped[Now]  # first heartbeat of the present process
    seen_at: Mapped[Now]
    busy_since: Mapped[datetime | None]  # when the oldest work in progress began
    hangs: Mapped[str | None] = mapped_column(Text)  # the part of a live process that makes no progress, in its words
    ended_at: Mapped[datetime | None]  # orderly end of the process: its silence is no fault


def in_state(*states: str) -> ColumnElement[bool]:
    """Whether a work row, which the statement finds by its key, is in one of these states.

    The condition is about an expression, so that no partial index of work rows can answer it. Statistics from a quiet
    hour say that no row is leased: PostgreSQL would then go through all leased rows for each key.
    """
    return Work.state.concat("").in_(states)

"""The tables of counters: folded values, and the changes that the sweeper has not folded yet."""

from __future__ import annotations

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Pk


class Counter(Base):
    """The folded part of a count of rows. The count is this value plus all its changes in counter_deltas."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(Text, primary_key=True)  # pipeline.engine.counters; begins with the table
    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # the channel, 0 for a count of all
    value: Mapped[int]


class CounterDelta(Base):
    """A change of a count, appended by a trigger in the transaction that makes it true. Nothing updates a row."""

    __tablename__ = "counter_deltas"
    __table_args__ = (
        # status, gauges, progress: the changes of a few counts
        Index("idx_counter_deltas_name_key", "name", "key"),
        # A row lives for seconds: without this, its dead rows would wait for a fifth of a table that is always small.
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "1000"}},
    )

    id: Mapped[Pk]
    name: Mapped[str] = mapped_column(Text)
    key: Mapped[int]
    change: Mapped[int]

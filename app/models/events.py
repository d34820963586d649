"""The tables of the outbox: events, written in the transaction that made them true, and keys of deleted events."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class OutboxEvent(Base):
    """An event, with the time at which the relay sent it."""

    __tablename__ = "outbox_events"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        # the relay: WHERE published_at IS NULL ORDER BY id
        Index("idx_outbox_events_unpublished", "id", postgresql_where=text("published_at IS NULL")),
        # retention: the events sent longest ago
        Index("idx_outbox_events_published", "published_at", postgresql_where=text("published_at IS NOT NULL")),
        Index("idx_outbox_events_publication_id", "publication_id"),  # explain: the events of a post
    )

    id: Mapped[Pk]
    routing_key: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str] = mapped_column(Text)
    publication_id: Mapped[int]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    trace_id: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Now]
    published_at: Mapped[datetime | None]


class DroppedEvent(Base):
    """The key of a deleted event: it keeps the event from being sent again, and shows a replay the gap."""

    __tablename__ = "outbox_dropped"
    __table_args__ = (UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # id of the event
    key: Mapped[uuid.UUID] = mapped_column(Uuid)  # events.retention.short of its idempotency key
    decided_at: Mapped[Now]

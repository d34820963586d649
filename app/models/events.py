"""The outbox: events written in the transaction that made them true."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class OutboxEvent(Base):
    """An event, and when the relay sent it."""

    __tablename__ = "outbox_events"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        # the relay: WHERE published_at IS NULL ORDER BY id
        Index("idx_outbox_events_unpublished", "id", postgresql_where=text("published_at IS NULL")),
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

"""The table of audit entries: the acts of users. Entries are only added."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class AuditEntry(Base):
    """One act of a user, written in the transaction of the act: no act without its entry, no entry without its act."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("idx_audit_entries_actor", "actor", text("id DESC")),  # the page of one actor
        Index("idx_audit_entries_act", "act", text("id DESC")),  # the page of one act
    )

    id: Mapped[Pk]
    at: Mapped[Now]
    actor: Mapped[str] = mapped_column(Text)  # the name of a user as it was; of commands that of the system's user
    via: Mapped[str] = mapped_column(Text)  # domain.access.audited.Via
    act: Mapped[str] = mapped_column(Text)  # domain.access.audited.Acted
    target: Mapped[str] = mapped_column(
        Text, server_default=""
    )  # the thing that it changed: no text of a post, no secret
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))

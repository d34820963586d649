"""The tables of alerts: an alert on a saved search, the addresses that it tells, the publications that it told of."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class Alert(Base):
    """A saved search whose new hits are delivered. A search that an alert uses cannot be removed."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("name"),
        # which alerts use a search: where it is removed or changed
        Index("idx_alerts_search", "search"),
    )

    id: Mapped[Pk]
    name: Mapped[str] = mapped_column(Text)
    search: Mapped[str] = mapped_column(ForeignKey("saved_searches.name", ondelete="RESTRICT"))
    again: Mapped[bool] = mapped_column(server_default=text("false"))  # told anew of an edit or a better reading
    created_by: Mapped[str] = mapped_column(Text)
    created_at: Mapped[Now]
    # Posts of an earlier time are no news: when the alert was made, or went on after a pause. Whole seconds, as
    # Telegram's times are.
    since: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    # Why its query could not be evaluated, and when that was tried last; NULL: it could.
    problem: Mapped[str | None] = mapped_column(Text)
    problem_at: Mapped[datetime | None]


class AlertDestination(Base):
    """An address that an alert tells. One that ended stays, with the reason."""

    __tablename__ = "alert_destinations"
    __table_args__ = (
        UniqueConstraint("alert_id", "medium", "address"),
        CheckConstraint("medium IN ('webhook', 'telegram', 'feed')", name="medium"),
        # a reader fetches a feed
        Index(
            "ux_alert_destinations_token_hash",
            "token_hash",
            unique=True,
            postgresql_where=text("token_hash IS NOT NULL"),
        ),
    )

    id: Mapped[Pk]
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    medium: Mapped[str] = mapped_column(Text)  # domain.alerts.Medium
    address: Mapped[str] = mapped_column(Text)  # of a webhook or a chat; empty for a feed
    # Of a webhook, the newest first. They sign, so they are kept as they are; no page, log or audit entry has them.
    secrets: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    # SHA-256 in hex of the token in a feed's address; NULL: it has none, or it was revoked.
    token_hash: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[Now]
    ended_at: Mapped[datetime | None]  # the receiver said that the address is no more
    ended_why: Mapped[str | None] = mapped_column(Text)


class AlertHit(Base):
    """One telling of an alert: a publication that is new in its set, or, with `again`, that changed in it.

    Each address has a row of work for it: step deliver, subject the hit, revision the address.
    """

    __tablename__ = "alert_hits"
    __table_args__ = (
        # index step: the last hit of a publication. Unique: no two are told as the same one.
        UniqueConstraint("alert_id", "publication_id", "number"),
        Index("idx_alert_hits_alert_id", "alert_id", text("id DESC")),  # deliveries of an alert, feed
        Index("idx_alert_hits_publication_id", "publication_id"),  # where a post is forgotten
    )

    id: Mapped[Pk]
    uid: Mapped[uuid.UUID] = mapped_column(Uuid, server_default=text("gen_random_uuid()"))  # receivers know it by this
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    publication_id: Mapped[int] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    number: Mapped[int]  # 1, then 2 and so on with `again`
    reason: Mapped[str] = mapped_column(Text)  # domain.alerts.Reason
    revision: Mapped[int]
    vision_version: Mapped[int | None]  # of the publication at that time; NULL: its media were not read
    content_hash: Mapped[str | None] = mapped_column(Text)  # of the document; NULL: it has left the set since
    made_at: Mapped[Now]
    # Addresses that are told by a medium without a key against doubles, from before the attempt to its end.
    begun: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default=text("'{}'"))

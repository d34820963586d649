"""What paid models cost and said."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class TokenLedger(Base):
    """Tokens reserved before a paid call and settled after it; the caps are sums over this table."""

    __tablename__ = "token_ledger"
    __table_args__ = (
        # the sum of a provider's day or month
        Index("idx_token_ledger_provider_created_at", "provider", "created_at"),
        Index("idx_token_ledger_work_id", "work_id"),  # what was paid, or may have been, for this work
        # what calls like this one have cost lately
        Index(
            "idx_token_ledger_answered",
            *("provider", "model", "purpose", "repair", "created_at"),
            postgresql_where=text("outcome = 'answered'"),
        ),
        # calls under way: how many a provider has
        Index("idx_token_ledger_open", "provider", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Pk]
    provider: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)  # vision, tags
    repair: Mapped[bool] = mapped_column(server_default="false")  # a call that corrects an earlier answer
    work_id: Mapped[int | None]
    key: Mapped[str | None] = mapped_column(Text)  # raw_answers.key of what was asked
    lease_token: Mapped[uuid.UUID | None] = mapped_column(Uuid)  # the lease under which the call was made
    estimate: Mapped[int] = mapped_column(server_default="0")  # tokens, as the adapter reckons
    reserved: Mapped[int]  # tokens: the estimate, corrected by what calls like it have cost lately
    settled: Mapped[int | None]  # tokens; NULL while the call is open or its end unknown: then the reserved ones count
    outcome: Mapped[str | None] = mapped_column(Text)  # answered, free (nothing charged), unknown, waived (repeated)
    error: Mapped[str | None] = mapped_column(Text)  # what a call without an answer ended in
    created_at: Mapped[Now]
    ended_at: Mapped[datetime | None]


class PaidProvider(Base):
    """What all processes share about a provider: its failures, what blocks it, its bucket of calls.

    Whoever reserves a call locks the row, so that two of them never spend the same tokens.
    """

    __tablename__ = "paid_providers"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    failures: Mapped[int] = mapped_column(server_default="0")  # in a row
    failing_since: Mapped[datetime | None]
    block: Mapped[str | None] = mapped_column(Text)  # rate, outage, credit, setting
    blocked_until: Mapped[datetime | None]
    blocked_reason: Mapped[str | None] = mapped_column(Text)
    bucket: Mapped[float] = mapped_column(server_default="0")  # calls that might begin at `bucket_at`
    bucket_at: Mapped[datetime | None]


class RawAnswerRow(Base):
    """One answer of a paid model as it came, stored before anybody interprets it. Append-only."""

    __tablename__ = "raw_answers"
    __table_args__ = (
        # the answers of a file or publication; nothing can be stored twice
        UniqueConstraint("step", "subject_id", "key", "purpose"),
    )

    id: Mapped[Pk]
    step: Mapped[str] = mapped_column(Text)  # analyze, tag
    subject_id: Mapped[int]
    key: Mapped[str] = mapped_column(Text)  # analyze: the recipe's id; tag: tagger_input_hash.digest of the document
    purpose: Mapped[str] = mapped_column(Text)  # read, repair
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)  # domain.reading.RawAnswer
    ledger_id: Mapped[int | None] = mapped_column(ForeignKey("token_ledger.id", ondelete="RESTRICT"))
    created_at: Mapped[Now]

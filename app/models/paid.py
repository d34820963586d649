"""The tables of paid models: token ledger, state of providers, raw answers."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, Now, Pk


class TokenLedger(Base):
    """One paid call: tokens are reserved before it and settled after it. The caps apply to sums over this table."""

    __tablename__ = "token_ledger"
    __table_args__ = (
        # the sum of a provider's day or month
        Index("idx_token_ledger_provider_created_at", "provider", "created_at"),
        Index("idx_token_ledger_work_id", "work_id"),  # calls for a row of work that were paid or may have been
        # recent cost of similar calls
        Index(
            "idx_token_ledger_answered",
            *("provider", "model", "purpose", "repair", "created_at"),
            postgresql_where=text("outcome = 'answered'"),
        ),
        # the sum of a day for questions
        Index("idx_token_ledger_questions", "created_at", postgresql_where=text("purpose = 'ask'")),
        # number of open calls of a provider
        Index("idx_token_ledger_open", "provider", postgresql_where=text("ended_at IS NULL")),
        # status: calls of a provider whose outcome is unknown
        Index("idx_token_ledger_unknown", "provider", postgresql_where=text("outcome = 'unknown'")),
    )

    id: Mapped[Pk]
    provider: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)  # vision, tags, ask
    repair: Mapped[bool] = mapped_column(server_default="false")  # a call that corrects an earlier answer
    work_id: Mapped[int | None]  # NULL: its subject was forgotten
    key: Mapped[str | None] = mapped_column(Text)  # raw_answers.key of the question
    lease_token: Mapped[uuid.UUID | None] = mapped_column(Uuid)  # the lease under which the call was made
    estimate: Mapped[int] = mapped_column(server_default="0")  # tokens, by the adapter
    reserved: Mapped[int]  # tokens: the estimate, corrected by the recent cost of similar calls
    settled: Mapped[int | None]  # tokens; NULL while the call is open or its outcome unknown: then `reserved` counts
    outcome: Mapped[str | None] = mapped_column(Text)  # answered, free (nothing charged), unknown, waived (repeated)
    error: Mapped[str | None] = mapped_column(Text)  # of a call without an answer, or with one that said nothing
    created_at: Mapped[Now]
    ended_at: Mapped[datetime | None]


class PaidProvider(Base):
    """The state of a provider that all processes share: its failures, its block, its bucket of calls.

    A worker locks the row to reserve a call, so that two workers never spend the same tokens.
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
    wake_since: Mapped[datetime | None]  # the sweeper makes work due that waited before this: a cap or a rest changed


class BudgetCap(Base):
    """A cap that an operator set in place of a setting. A reservation reads it under the lock of its provider's row.

    The cap of a day passes before the lasting one, which counts again afterwards.
    """

    __tablename__ = "budget_caps"
    __table_args__ = (
        CheckConstraint("span IN ('day', 'month')", name="span"),
        CheckConstraint("tokens >= 0", name="tokens"),
        CheckConstraint("lasting = (until IS NULL)", name="until"),
    )

    budget: Mapped[str] = mapped_column(Text, primary_key=True)  # a provider, or questions
    span: Mapped[str] = mapped_column(Text, primary_key=True)
    lasting: Mapped[bool] = mapped_column(primary_key=True)  # holds until an operator changes it back
    tokens: Mapped[int | None]  # NULL: no limit
    until: Mapped[datetime | None]
    set_by: Mapped[str] = mapped_column(Text)  # the name of the operator
    set_at: Mapped[Now]


class RawAnswerRow(Base):
    """One answer of a paid model in its original form, stored before any step interprets it. Append-only."""

    __tablename__ = "raw_answers"
    __table_args__ = (
        # the answers of a file or publication; no answer can be stored twice
        UniqueConstraint("step", "subject_id", "key", "purpose"),
    )

    id: Mapped[Pk]
    step: Mapped[str] = mapped_column(Text)  # analyze, tag, ask
    subject_id: Mapped[int]
    key: Mapped[str] = mapped_column(Text)  # analyze: the recipe's id; tag: tagger_input_hash.digest of the document
    purpose: Mapped[str] = mapped_column(Text)  # read, repair
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)  # domain.reading.RawAnswer
    ledger_id: Mapped[int | None] = mapped_column(ForeignKey("token_ledger.id", ondelete="RESTRICT"))
    created_at: Mapped[Now]

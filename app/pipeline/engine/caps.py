"""The caps in force: those of the settings, or of an operator in their place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.budget import Limits
from app.models import BudgetCap

Span = Literal["day", "month"]
Field = Literal["daily", "monthly", "questions"]  # of Limits
QUESTIONS = "questions"  # the budget of questions, beside those of the providers


@dataclass(frozen=True)
class OperatorCap:
    """A cap of an operator that holds. tokens: None for no limit. until: None until it is changed back."""

    tokens: int | None
    by: str
    since: datetime
    until: datetime | None


def of_operators(session: Session, provider: str, now: datetime) -> Mapping[Field, OperatorCap]:
    """The caps of operators that hold for a provider and for questions; that of a day passes before a lasting one."""
    query = select(BudgetCap).where(
        BudgetCap.budget.in_([provider, QUESTIONS]), or_(BudgetCap.until.is_(None), BudgetCap.until > now)
    )
    found: dict[Field, OperatorCap] = {}
    for row in session.scalars(query.order_by(BudgetCap.lasting.desc())):
        field: Field = "questions" if row.budget == QUESTIONS else "daily" if row.span == "day" else "monthly"
        found[field] = OperatorCap(row.tokens, row.set_by, row.set_at, row.until)
    return found


def in_force(session: Session, provider: str, limits: Limits, now: datetime) -> Limits:
    """The limits of the settings with the caps of operators in their place.

    The cap of questions holds for questions alone (`counts_questions`).
    """
    return with_operators(limits, of_operators(session, provider, now))


def with_operators(limits: Limits, caps: Mapping[Field, OperatorCap]) -> Limits:
    """The limits with these caps in place of those of the settings."""
    held = {field: cap for field, cap in caps.items() if field != "questions" or limits.counts_questions}
    tokens: dict[str, Any] = {field: cap.tokens for field, cap in held.items()}
    return replace(limits, by_operator=frozenset(held), **tokens)

"""Acts of an operator on the budgets of paid providers: set a cap, change it back, end the rest of a provider."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import db
from app.access import audit
from app.db import changed_rows
from app.domain.access.audited import Acted, Actor
from app.domain.budget import next_day
from app.errors import UserError
from app.models import BudgetCap, PaidProvider
from app.pipeline.engine import ledger
from app.pipeline.engine.caps import QUESTIONS, Span
from app.settings import PAID, Settings

BUDGETS = (*PAID, QUESTIONS)
MOST = 2**53 - 1  # tokens; JSON readers know no larger number exactly
UNLIMITED = "unlimited"


def tokens_of(text: str) -> int | None:
    """Parses a cap: a number of tokens, or `unlimited` (None). UserError for another text."""
    plain = text.strip().lower().replace("_", "").replace(",", "").replace(" ", "")
    if plain == UNLIMITED:
        return None
    if not (plain.isascii() and plain.isdigit()) or int(plain[:20]) > MOST:
        raise UserError(f"write the cap as a number of tokens, such as 250000, or as {UNLIMITED}")
    return int(plain)


def set_cap(
    session: Session,
    settings: Settings,
    actor: Actor,
    budget: str,
    span: Span,
    tokens: int | None,
    *,
    for_today: bool,
) -> int:
    """Sets a cap in place of the setting, until midnight (UTC) or until it is changed back; returns the audit entry.

    From its commit on, no process reserves a call beyond it. tokens: None for no limit. UserError for an unknown
    budget.
    """
    _check(budget, span)
    _lock(session, settings, budget)
    now = db.now(session).astimezone(UTC)
    values = {
        "tokens": tokens,
        "until": next_day(now) if for_today else None,
        "set_by": actor.name,
        "set_at": now,
    }
    row = insert(BudgetCap).values(budget=budget, span=span, lasting=not for_today, **values)
    session.execute(row.on_conflict_do_update(index_elements=["budget", "span", "lasting"], set_=values))
    told = {"tokens": UNLIMITED if tokens is None else tokens, "until": "midnight" if for_today else "changed back"}
    return audit.record(session, actor, Acted.BUDGET_SET, f"{budget} {span}", **told)


def reset_cap(session: Session, settings: Settings, actor: Actor, budget: str, span: Span) -> int:
    """Brings the cap of the setting back; returns the audit entry. UserError if no operator has set one."""
    _check(budget, span)
    _lock(session, settings, budget)
    gone = delete(BudgetCap).where(BudgetCap.budget == budget, BudgetCap.span == span)
    if not changed_rows(session, gone):
        raise UserError(f"{budget} has the {span}'s cap of the settings already")
    return audit.record(session, actor, Acted.BUDGET_RESET, f"{budget} {span}")


def end_rest(session: Session, actor: Actor, provider: str) -> int:
    """Ends the rest of a provider at once; returns the audit entry. UserError if it does not rest."""
    if session.get(PaidProvider, provider) is None:
        raise UserError(f"there is no provider {provider} in use")
    ended = ledger.end_rest(session, provider)
    if ended is None:
        raise UserError(f"{provider} does not rest")
    return audit.record(session, actor, Acted.PROVIDER_WAKE, provider, block=ended.kind)


def _check(budget: str, span: Span) -> None:
    if budget not in BUDGETS:
        raise UserError(f"there is no budget {budget}: it is one of {', '.join(BUDGETS)}")
    if budget == QUESTIONS and span != "day":
        raise UserError("questions have a cap of a day alone")


def _lock(session: Session, settings: Settings, budget: str) -> None:
    """Locks the rows that reservations of this budget lock, in one order, and has waiting work looked at again.

    A reservation before the lock is committed and counts; one after it sees the new cap.
    """
    names = _providers(session, settings) if budget == QUESTIONS else [budget]
    for name in sorted(names):
        ledger.locked(session, name)
    session.execute(
        update(PaidProvider).where(PaidProvider.provider.in_(names)).values(wake_since=func.clock_timestamp())
    )


def _providers(session: Session, settings: Settings) -> Iterable[str]:
    return {*settings.paid_providers(), *session.scalars(select(PaidProvider.provider))}

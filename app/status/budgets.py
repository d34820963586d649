"""The money of paid models: what each may spend and spent, by purpose and model, and what a call costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app import db
from app.domain import remedies
from app.domain.budget import BULK_SHARE, next_day, next_month
from app.models import Question, TokenLedger
from app.pipeline.engine.caps import QUESTIONS, OperatorCap, of_operators, with_operators
from app.pipeline.engine.ledger import COUNTED, RECENT
from app.search.limits import walking
from app.settings import PAID, Settings
from app.status.providers import ProviderStatus, providers

MODELS = 20  # of a provider
LOOKED_AT = 10_000  # questions of a day


@dataclass(frozen=True)
class Spending:
    """The calls of today for one purpose with one model. tokens: settled; reserved: of calls without a known end.

    price: average tokens of its last answered calls, up to 50; dearest: the most that one of those cost.
    """

    purpose: str  # vision, tags, ask
    model: str
    calls: int
    tokens: int
    reserved: int
    price: int | None
    dearest: int | None


@dataclass(frozen=True)
class Budget:
    """A provider. history_cap: tokens of a day for history and re-reading; the rest of the cap is for live posts.

    remedy: in words, for a provider that rests; command: the one that does it, or tells more.
    """

    provider: ProviderStatus
    history_cap: int | None
    spending: tuple[Spending, ...]
    remedy: str = ""
    command: str = ""


@dataclass(frozen=True)
class Answered:
    """Questions of today, by the version of their answerer."""

    answerer: str
    questions: int


@dataclass(frozen=True)
class Budgets:
    """All of them. day_ends, month_ends: in UTC, the time zone of budgets. questions_cap: None for no limit."""

    budgets: tuple[Budget, ...]
    day_ends: datetime
    month_ends: datetime
    questions_cap: int | None
    questions_operator: OperatorCap | None  # who set it; None: ASK_DAILY_TOKENS
    questions_spent: int
    answered: tuple[Answered, ...]


def budgets(session: Session, settings: Settings) -> Budgets:
    """The providers that are configured or were used, and questions. Reads today's calls, not the whole ledger."""
    now = db.now(session).astimezone(UTC)
    day = next_day(now) - timedelta(days=1)
    caps = of_operators(session, QUESTIONS, now)
    found = tuple(_budget(session, one, day) for one in providers(session, settings))
    return Budgets(
        budgets=found,
        day_ends=next_day(now),
        month_ends=next_month(now),
        questions_cap=with_operators(settings.question_limits(PAID[0]), caps).questions,
        questions_operator=caps.get("questions"),
        questions_spent=sum(
            one.tokens + one.reserved for each in found for one in each.spending if one.purpose == "ask"
        ),
        answered=_answered(session, day),
    )


def _budget(session: Session, provider: ProviderStatus, day: datetime) -> Budget:
    remedy = remedies.of_reason(provider.reason) if provider.block else None
    return Budget(
        provider=provider,
        history_cap=None if provider.daily_cap is None else int(provider.daily_cap * BULK_SHARE),
        spending=_spending(session, provider.name, day),
        remedy=remedy.text if remedy else "",
        command=remedy.command if remedy else "",
    )


def _spending(session: Session, provider: str, day: datetime) -> tuple[Spending, ...]:
    """Today's calls by purpose and model, with the models that were asked earlier in the month."""
    today = TokenLedger.created_at >= day
    settled = func.sum(TokenLedger.settled).filter(today)
    reserved = func.sum(TokenLedger.reserved).filter(today, TokenLedger.settled.is_(None))
    query = select(TokenLedger.purpose, TokenLedger.model, func.count().filter(today), settled, reserved)
    query = query.where(TokenLedger.provider == provider, TokenLedger.created_at >= day.replace(day=1))
    query = query.group_by(TokenLedger.purpose, TokenLedger.model).order_by(TokenLedger.purpose, TokenLedger.model)
    found = []
    for purpose, model, calls, tokens, held in session.execute(query.limit(MODELS)).all():
        price, dearest = _price(session, provider, model, purpose)
        found.append(Spending(purpose, model, calls, int(tokens or 0), int(held or 0), price, dearest))
    return tuple(found)


def _price(session: Session, provider: str, model: str, purpose: str) -> tuple[int | None, int | None]:
    """(average, most) tokens of the last answered calls without repairs; None before any."""
    recent = (
        select(COUNTED.label("tokens"))
        .where(TokenLedger.provider == provider, TokenLedger.model == model, TokenLedger.purpose == purpose)
        .where(~TokenLedger.repair, TokenLedger.outcome == literal("answered", literal_execute=True))
        .order_by(TokenLedger.created_at.desc())
        .limit(RECENT)
        .subquery()
    )
    mean, most = session.execute(select(func.avg(recent.c.tokens), func.max(recent.c.tokens))).one()
    return (None, None) if mean is None else (round(mean), int(most))


def _answered(session: Session, day: datetime) -> tuple[Answered, ...]:
    """Questions of today by answerer: the end of the list of questions by time."""
    with walking(session):
        newest = (
            select(Question.answerer)
            .where(Question.asked_at >= day)
            .order_by(Question.asked_at.desc(), Question.id.desc())
        )
        some = newest.limit(LOOKED_AT).subquery()
        rows = session.execute(select(some.c.answerer, func.count()).group_by(some.c.answerer)).all()
    return tuple(Answered(answerer, count) for answerer, count in sorted(rows, key=lambda one: -one[1]))

"""The token ledger: reserve before a paid call, settle after it. Spend never exceeds a cap, even after crashes.

A reservation locks the provider's row, after the caller's work row; the caps are sums over rows of PostgreSQL.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    Double,
    and_,
    cast,
    distinct,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import db
from app.domain.breaker import THRESHOLD, Block, Health, observe
from app.domain.budget import Account, Limits, Refusal, admit, refill
from app.domain.kinds import Step
from app.errors import MediaAuditError, Unanswered
from app.models import PaidProvider, RawAnswerRow, TokenLedger, Work
from app.pipeline.engine import caps, reschedule
from app.pipeline.engine.answer_key import AnswerKey
from app.pipeline.engine.leases import begins_with
from app.pipeline.engine.work import Claim

Purpose = Literal["vision", "tags", "ask"]
PURPOSES: Mapping[Step, Purpose] = {Step.ANALYZE: "vision", Step.TAG: "tags", Step.ASK: "ask"}
UNKNOWN = "unknown"
RECENT = 50  # calls whose most expensive one corrects estimates that are too low
COUNTED = func.coalesce(TokenLedger.settled, TokenLedger.reserved)


@dataclass(frozen=True)
class Purchase:
    """A request for one paid call. price: the most tokens that it may cost."""

    provider: str
    model: str
    purpose: Purpose
    key: str  # identifies its answers
    price: int
    repair: bool = False
    bulk: bool = False  # re-reading, which leaves live posts a share of the budget


@dataclass(frozen=True)
class Reservation:
    """Permission for one call. price: tokens reserved for it. trial: it probes a provider that failed before."""

    id: int
    provider: str
    price: int
    trial: bool = False


def reserve(session: Session, held: Claim, wanted: Purchase, limits: Limits) -> Reservation | Refusal:
    """Books the call, in the transaction that leases its work; returns a Refusal if it cannot be made now.

    limits: of the settings; caps that an operator set come before them.
    """
    row = locked(session, wanted.provider)
    now = _now(session)
    limits = caps.in_force(session, wanted.provider, limits, now)
    account = _account(session, row, limits, now)
    price = math.ceil(wanted.price * max(1.0, dearest(session, wanted)))
    refusal = admit(wanted.provider, account, limits, price, bulk=wanted.bulk)
    if refusal is not None:
        return refusal
    row.bucket, row.bucket_at = account.bucket - 1, account.now
    entry = TokenLedger(
        created_at=account.now,  # not the transaction's start: the call counts for the day whose sum admitted it
        provider=wanted.provider,
        model=wanted.model,
        purpose=wanted.purpose,
        repair=wanted.repair,
        work_id=held.id,
        key=wanted.key,
        lease_token=held.token,
        estimate=wanted.price,
        reserved=price,
    )
    session.add(entry)
    session.flush()
    return Reservation(entry.id, wanted.provider, price, trial=account.failures >= THRESHOLD)


def settle(session: Session, reservation: Reservation, tokens: int) -> None:
    """Settles an answered call. tokens: its cost; 0 if the server names none: then the reserved price counts."""
    price = tokens or TokenLedger.reserved
    _end(session, reservation.id, outcome="answered", settled=price)
    _observe(session, reservation.provider, None)


def settle_error(session: Session, reservation: Reservation, error: MediaAuditError) -> int:
    """Settles a call without an answer; returns the provider's number of consecutive failures.

    A call that may still have been charged counts at its reserved price.
    """
    if isinstance(error, Unanswered):
        _end(session, reservation.id, outcome=UNKNOWN, error=str(error))
    else:
        _end(session, reservation.id, outcome="free", settled=0, error=str(error))
    return _observe(session, reservation.provider, error)


def said_nothing(session: Session, question: AnswerKey, reason: str) -> None:
    """Notes with the calls for a question that their answers said nothing; their price stands."""
    paid = select(RawAnswerRow.ledger_id).where(
        RawAnswerRow.step == question.step,
        RawAnswerRow.subject_id == question.subject_id,
        RawAnswerRow.key == question.key,
    )
    session.execute(update(TokenLedger).where(TokenLedger.id.in_(paid)).values(error=reason))


def never_sent(session: Session, tokens: Collection[uuid.UUID]) -> None:
    """Settles the calls reserved under these leases as free: they were certainly not made."""
    booked = update(TokenLedger).where(TokenLedger.lease_token.in_(tokens), TokenLedger.ended_at.is_(None))
    session.execute(booked.values(outcome="free", settled=0, error="never sent", ended_at=func.clock_timestamp()))


def abandon_old(session: Session, seconds: float) -> None:
    """Ends calls older than any lease, whose end no process will report. This frees their places."""
    _abandon(session, TokenLedger.created_at < func.clock_timestamp() - timedelta(seconds=seconds))


def abandon_of(session: Session, number: str) -> None:
    """Ends the calls of a killed worker, which will not report their end. number: the prefix of its lease tokens."""
    _abandon(session, begins_with(TokenLedger.lease_token, [number]))


def abandon_all_but(session: Session, numbers: Collection[str]) -> None:
    """Ends the calls of all workers but those with these prefixes of lease tokens."""
    _abandon(session, ~func.coalesce(begins_with(TokenLedger.lease_token, numbers), false()))


@dataclass(frozen=True)
class EarlierCalls:
    """Earlier calls for a question. open: one is under way. unknown: whether the calls with an unknown end were
    repairs."""

    open: bool
    unknown: set[bool]


def earlier_calls(session: Session, question: AnswerKey, seconds: float) -> EarlierCalls:
    """Finds calls for this question by any work row: an edit makes a new row, which asks the same question again.

    seconds: length of a lease. An older call without an end was under way when its process vanished.
    """
    rows = select(Work.id).where(Work.step == question.step, Work.subject_id == question.subject_id)
    same = and_(TokenLedger.work_id.in_(rows), TokenLedger.key == question.key)
    _abandon(session, and_(same, TokenLedger.created_at <= func.clock_timestamp() - timedelta(seconds=seconds)))
    query = select(TokenLedger.repair, TokenLedger.ended_at).where(
        same, or_(TokenLedger.ended_at.is_(None), TokenLedger.outcome == UNKNOWN)
    )
    calls = session.execute(query).all()
    return EarlierCalls(
        open=any(ended is None for _, ended in calls),
        unknown={repair for repair, ended in calls if ended is not None},
    )


def unblock(session: Session) -> None:
    """Lifts blocks that an operator may have fixed, when processes start: their settings may have changed."""
    mended = update(PaidProvider).where(PaidProvider.block.in_(["setting", "credit", "outage"]))
    session.execute(mended.values(block=None, blocked_until=None, blocked_reason=None))


def end_rest(session: Session, provider: str) -> Block | None:
    """Ends the rest of a provider at once; returns the block that ended, None if there was none.

    Its failures in a row stay: after many, one call tries it first.
    """
    row = locked(session, provider)
    ended = _health(row).block
    if ended is None or ended.until <= _now(session):
        return None
    row.block, row.blocked_until, row.blocked_reason = None, None, None
    row.wake_since = func.clock_timestamp()
    return ended


def wake(session: Session, limit: int) -> int:
    """Makes up to `limit` rows due that waited before a cap was changed or a rest ended; returns their number."""
    since = session.scalar(select(func.max(PaidProvider.wake_since)))
    if since is None:
        return 0
    woken = reschedule.wake_paid(session, tuple(PURPOSES), since, limit)
    if woken < limit:
        done = update(PaidProvider).where(PaidProvider.wake_since <= since)
        session.execute(done.values(wake_since=None))
    return woken


def waive(session: Session, work_ids: Collection[int]) -> None:
    """Allows a repeat of these unknown calls on a user's request; their possible cost still counts."""
    lost = update(TokenLedger).where(TokenLedger.work_id.in_(work_ids), TokenLedger.outcome == UNKNOWN)
    session.execute(lost.values(outcome="waived"))


def _abandon(session: Session, which: ColumnElement[bool]) -> None:
    lost = update(TokenLedger).where(which, TokenLedger.ended_at.is_(None))
    session.execute(lost.values(outcome=UNKNOWN, error="its process vanished", ended_at=func.clock_timestamp()))


def spent_on(session: Session, work_id: int, key: str) -> int:
    """Tokens that all calls for this question cost or may have cost."""
    calls = (TokenLedger.work_id == work_id) & (TokenLedger.key == key)
    return session.scalar(select(func.coalesce(func.sum(COUNTED), 0)).where(calls)) or 0


def usual(session: Session, provider: str, model: str, purpose: str, key: str | None = None) -> float | None:
    """Average tokens of one question, repairs included; None before any answer. key: only questions of this key."""
    asked = func.count(distinct(tuple_(TokenLedger.work_id, TokenLedger.key)))
    query = select(func.sum(TokenLedger.settled), asked).where(
        TokenLedger.provider == provider, TokenLedger.model == model, TokenLedger.purpose == purpose
    )
    query = query.where(TokenLedger.outcome == "answered")
    spent, count = session.execute(query if key is None else query.where(TokenLedger.key == key)).one()
    return (spent or 0) / count if count else None


def account(session: Session, provider: str, limits: Limits) -> Account:
    """Current spend, open calls and health of a provider."""
    row = session.get(PaidProvider, provider) or PaidProvider(provider=provider, failures=0, bucket=0.0)
    return _account(session, row, limits, _now(session))


def _account(session: Session, row: PaidProvider, limits: Limits, now: datetime) -> Account:
    today, month, open_ = _sums(session, row.provider, now)
    questions = 0 if limits.questions is None else _for_questions(session, now)
    return Account(
        now=now,
        today=today,
        month=month,
        questions=questions,
        open=open_,
        bucket=refill(row.bucket, row.bucket_at, now, limits),
        failures=row.failures,
        failing_since=row.failing_since,
        block=_health(row).block,
    )


def _for_questions(session: Session, now: datetime) -> int:
    """Tokens of today for questions, of all providers: one setting limits them together."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    spent = select(func.coalesce(func.sum(COUNTED), 0))
    asked = TokenLedger.purpose == literal("ask", literal_execute=True)
    return int(session.scalar(spent.where(asked, TokenLedger.created_at >= day)) or 0)


def _sums(session: Session, provider: str, now: datetime) -> tuple[int, int, int]:
    """(tokens of today, tokens of this month, calls under way)."""
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    today = func.coalesce(func.sum(COUNTED).filter(TokenLedger.created_at >= day), 0)
    month = select(today, func.coalesce(func.sum(COUNTED), 0)).where(
        TokenLedger.provider == provider, TokenLedger.created_at >= day.replace(day=1)
    )
    spent, spent_in_month = session.execute(month).one()
    under_way = select(func.count()).where(TokenLedger.provider == provider, TokenLedger.ended_at.is_(None))
    return int(spent), int(spent_in_month), session.scalar(under_way) or 0


def dearest(session: Session, wanted: Purchase) -> float:
    """Highest ratio of cost to estimate among the last such calls: no estimate fits every model beforehand."""
    recent = (
        select((cast(TokenLedger.settled, Double) / TokenLedger.estimate).label("ratio"))
        .where(TokenLedger.provider == wanted.provider, TokenLedger.model == wanted.model)
        .where(TokenLedger.purpose == wanted.purpose, TokenLedger.repair == wanted.repair)
        .where(TokenLedger.outcome == literal("answered", literal_execute=True), TokenLedger.estimate > 0)
        .order_by(TokenLedger.created_at.desc())
        .limit(RECENT)
        .subquery()
    )
    return session.scalar(select(func.max(recent.c.ratio))) or 0.0


def locked(session: Session, provider: str) -> PaidProvider:
    """The row of a provider, which a reservation and a change of its caps lock."""
    session.execute(insert(PaidProvider).values(provider=provider).on_conflict_do_nothing())
    return session.scalars(
        select(PaidProvider).where(PaidProvider.provider == provider).with_for_update(),
        execution_options={"populate_existing": True},
    ).one()


def _end(session: Session, id_: int, **values: object) -> None:
    """Ends a call once; but the late result of an abandoned call replaces `unknown`."""
    ended = func.coalesce(TokenLedger.outcome, UNKNOWN) != UNKNOWN
    entry = update(TokenLedger).where(TokenLedger.id == id_, ~ended)
    session.execute(entry.values(ended_at=func.clock_timestamp(), **values))


def _observe(session: Session, provider: str, error: MediaAuditError | None) -> int:
    row = locked(session, provider)
    before = _health(row)
    after = observe(before, error, _now(session))
    if after != before:
        row.failures, row.failing_since = after.failures, after.failing_since
        block = after.block
        row.block, row.blocked_until, row.blocked_reason = (
            (block.kind, block.until, block.reason) if block else (None, None, None)
        )
    return after.failures


def _health(row: PaidProvider) -> Health:
    block = None
    if row.block in ("rate", "outage", "credit", "setting") and row.blocked_until is not None:
        block = Block(row.block, row.blocked_until, row.blocked_reason or "")  # type: ignore[arg-type]
    return Health(row.failures, row.failing_since, block)


def _now(session: Session) -> datetime:
    """The database's time in UTC: its own time zone must not move midnight."""
    return db.now(session).astimezone(UTC)

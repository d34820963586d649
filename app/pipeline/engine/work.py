"""The work table's statements: enqueue, claim, finish, fail. Every other module goes through these."""

from __future__ import annotations

import random
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Interval,
    Row,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.dml import ReturningUpdate

from app.db import changed_rows
from app.domain.flow import Key
from app.domain.kinds import FINAL, State, Step, Turn
from app.domain.retries import after
from app.domain.steps import STEPS
from app.errors import MediaAuditError
from app.models import TokenLedger, Work
from app.models.bulk import Columns, table_of
from app.models.work import in_state
from app.pipeline.engine.built_once import built_once
from app.pipeline.engine.leases import token
from app.pipeline.engine.locked_update import update_locked
from app.pipeline.engine.row_by_row import among, for_each, keys_given, named, named_given
from app.pipeline.engine.traces import Traces, traces_of
from app.pipeline.vision.provider_chain import fallback_readings

Attempts = ColumnElement[int] | InstrumentedAttribute[int]
SUPERSEDED = "superseded"  # the row's subject has a newer revision, which has rows of its own
CHANGED = "another recipe is configured now"
STOPPED = "stopped by a person"
OUTRANKED = "a provider that ranks higher has read it"
# How reasons of work begin that a provider left undone.
REFUSED, NO_ANSWER, TOO_LARGE = "refused: ", "no answer: ", "too large: "
LAPSED = (CHANGED, STOPPED, OUTRANKED)  # reasons of readings that ended before their provider read the file
OPEN = tuple(state for state in State if state not in FINAL)
# Columns of a leased row that Claim.of reads.
LEASE_COLUMNS = (
    Work.id,
    Work.subject_id,
    Work.revision,
    Work.attempts,
    Work.asked,
    Work.lease_token,
    Work.turn,
    Work.trace_id,
)


@dataclass(frozen=True)
class Claim:
    """A leased work row. Only the holder of the lease token can finish it."""

    id: int
    step: Step
    subject_id: int
    revision: int
    attempts: int
    asked: str | None
    token: uuid.UUID
    turn: Turn = Turn.LIVE
    trace_id: str | None = None  # trace of the revision that made it due; a poll has none

    @classmethod
    def of(cls, step: Step, row: Work | Row[*tuple[Any, ...]]) -> Claim:
        """Makes the claim of a leased row of this step. row: a Work, or a result with LEASE_COLUMNS."""
        assert row.lease_token is not None, "the row is not leased"
        return cls(
            id=row.id,
            step=step,
            subject_id=row.subject_id,
            revision=row.revision,
            attempts=row.attempts,
            asked=row.asked,
            token=row.lease_token,
            turn=Turn(row.turn),
            trace_id=row.trace_id,
        )

    @property
    def key(self) -> Key:
        """(subject_id, revision)"""
        return self.subject_id, self.revision

    @property
    def traces(self) -> Traces:
        """The row's trace, for more work about the same subject."""
        return {self.subject_id: self.trace_id} if self.trace_id else {}


def enqueue(
    session: Session,
    step: Step,
    keys: Iterable[Key],
    *,
    hint: float,
    delay: float = 0.0,
    turn: Turn = Turn.LIVE,
    asked: str | None = None,
    traces: Traces | None = None,
) -> None:
    """Makes work due that does not exist yet. Existing rows stay as they are, unless they lapsed or are wanted sooner
    now.

    hint: seconds after which the sweeper takes the message that the caller publishes for lost.
    delay: seconds until the work may be done.
    traces: of the subjects; None looks them up.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return
    traces = traces_of(session, step, wanted) if traces is None else traces
    rows = fresh_rows(step, wanted, traces, hint=hint, delay=delay, turn=turn, asked=asked)
    made = session.scalars(rows.on_conflict_do_nothing().returning(Work.id)).all()
    if step is Step.ANALYZE and len(made) < len(wanted):
        _wanted_again(session, wanted, turn, asked)


def _wanted_again(session: Session, keys: Sequence[Key], turn: Turn, asked: str | None) -> None:
    """Makes readings due that lapsed before their provider read the file, or that wait in a later turn than this."""
    lapsed = and_(in_state(State.SKIPPED), Work.reason.in_(LAPSED))
    later = and_(in_state(State.DUE, State.WAITING), Work.turn > turn)
    found = and_(named(Step.ANALYZE, keys), or_(lapsed, later))
    sooner = update_locked(select(Work.id).where(found).order_by(Work.id))
    session.execute(sooner.values(**due_now(), turn=turn, asked=asked))


def requeue(
    session: Session,
    step: Step,
    keys: Iterable[Key],
    *,
    hint: float,
    asked: str | None = None,
    delay: float = 0.0,
    traces: Traces | None = None,
) -> None:
    """Makes work due, even if it was final or is leased: the holder of the old lease then cannot finish.

    asked: the request beyond the normal flow; None keeps the request of unfinished work. The turn stays.
    traces: as in `enqueue`; a row that has one keeps it.
    """
    unique = sorted(set(keys))
    if not unique:
        return
    known = traces_of(session, step, unique) if traces is None else traces
    # Locks in the order of ids, as all other statements on work rows do.
    existing = select(Work.id).where(named(step, unique))
    session.execute(existing.order_by(Work.id).with_for_update())
    statement = fresh_rows(step, unique, known, hint=hint, delay=delay, asked=asked)
    fresh: dict[str, Any] = {c: statement.excluded[c] for c in ("state", "next_attempt_at", "hint_at", "reason")}
    fresh["trace_id"] = func.coalesce(Work.trace_id, statement.excluded.trace_id)
    fresh["asked"] = func.coalesce(statement.excluded.asked, case((Work.state.in_(OPEN), Work.asked)))
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["step", "subject_id", "revision"],
            set_={**fresh, "attempts": 0, "lease_token": None, "lease_until": None, "updated_at": func.now()},
        )
    )


def supersede(session: Session, steps: Collection[Step], current: Mapping[int, int]) -> None:
    """Ends unfinished work of older revisions. current: subject -> its revision."""
    if not current:
        return
    now = table_of({"id": (BigInteger(), list(current)), "revision": (BigInteger(), list(current.values()))}, "now")
    earlier = and_(Work.step.in_(steps), Work.subject_id == now.c.id, Work.revision < now.c.revision)
    old = for_each(select(Work.id).where(earlier, in_state(*OPEN)))
    ids = select(old.c.id).select_from(now).join(old, true())
    ended = update_locked(select(Work.id).where(among(Work.id, ids), in_state(*OPEN)).order_by(Work.id))
    session.execute(ended.values(state=State.SKIPPED, reason=SUPERSEDED, **_released()))


def claim(session: Session, step: Step, keys: Sequence[Key], lease: float) -> list[Claim]:
    """Leases the rows among the keys that are due now or whose lease expired; skips rows that others have locked."""
    if not keys:
        return []
    given = {**keys_given(step, keys), "lease": timedelta(seconds=lease)}
    return [Claim.of(step, row) for row in session.execute(_claim(), given)]


@built_once
def _claim() -> ReturningUpdate[*tuple[Any, ...]]:
    ready = or_(
        and_(in_state(State.DUE), Work.next_attempt_at <= func.clock_timestamp()),
        and_(in_state(State.LEASED), Work.lease_until < func.clock_timestamp()),
    )
    found = and_(named_given(), ready)
    return (
        update_locked(select(Work.id).where(found).order_by(Work.id), skip_locked=True)
        .values(
            state=State.LEASED,
            attempts=Work.attempts + 1,
            lease_token=token(),
            lease_until=func.clock_timestamp() + bindparam("lease", type_=Interval),
            updated_at=func.now(),
        )
        .returning(*LEASE_COLUMNS)
    )


def tried(session: Session, step: Step, keys: Sequence[Key]) -> set[Key]:
    """Returns the keys that have a failed attempt."""
    return {(subject, revision) for subject, revision in session.execute(_tried(), keys_given(step, keys))}


@built_once
def _tried() -> Select[int, int]:
    return select(Work.subject_id, Work.revision).where(named_given(), Work.attempts > 0)


def finish(
    session: Session,
    claims: Sequence[Claim],
    state: State = State.DONE,
    *,
    reason: str | None = None,
    seconds: float = 0.0,
    delay: float = 0.0,
    untried: bool = False,
) -> int:
    """Ends leases in the same state; returns how many were still ours.

    delay: seconds until the row is due (DUE, WAITING). untried: no work was performed, so the attempt does not count.
    """
    attempts: Attempts = Work.attempts
    if untried and state in (State.DUE, State.WAITING):
        attempts = func.greatest(Work.attempts - 1, 0)
    elif state is State.DUE:
        # A row that goes back to due made progress: attempts count consecutive failures, not those of a whole history.
        attempts = literal(0)
    return _release(session, claims, state, reason, seconds, delay, attempts)


def fail(session: Session, held: Claim, error: MediaAuditError, limit: int, seconds: float = 0.0) -> State | None:
    """Ends a lease after an error by the verdict of domain.retries; returns None if the lease is no longer ours. The
    steps after a dead row go on without it, in this transaction."""
    verdict = after(error, held.attempts, limit, random.random())
    ours = _release(
        session,
        [held],
        verdict.state,
        verdict.reason,
        seconds,
        verdict.delay,
        Work.attempts if verdict.charge else func.greatest(Work.attempts - 1, 0),
        error=verdict.reason,
    )
    if ours and verdict.state is State.DEAD:
        _go_on(session, held.step, [held.key])
    return verdict.state if ours else None


def _go_on(session: Session, dead: Step, keys: Collection[Key]) -> None:
    """Makes the work due that follows these dead rows. Ignores leases: their holders have read the present results."""
    if dead is Step.ANALYZE and keys:
        for reading in fallback_readings(session, keys):
            enqueue(session, Step.ANALYZE, [reading.key], hint=0.0, turn=reading.turn, asked=reading.asked)
    step = STEPS[dead].after_dead
    if step is None or not keys:
        return
    enqueue(session, step, keys, hint=0.0)
    if step is Step.INDEX:  # its row may have ended before this revision's pictures were read
        done = and_(named(step, keys), in_state(State.DONE))
        again = update_locked(select(Work.id).where(done).order_by(Work.id), skip_locked=True)
        session.execute(again.values(**due_now(), attempts=0))


def _release(
    session: Session,
    claims: Sequence[Claim],
    state: State,
    reason: str | None,
    seconds: float,
    delay: float,
    attempts: Attempts,
    *,
    error: str | None = None,
) -> int:
    later = func.clock_timestamp() + timedelta(seconds=delay)
    values: dict[str, Any] = {
        "state": state,
        "reason": reason,
        "next_attempt_at": later,
        "hint_at": later,
        "seconds": Work.seconds + seconds,
        "attempts": attempts,
        **_released(),
    }
    if error is not None:
        values["last_error"] = error
    if state is State.DUE and error is not None:
        values["reason"] = None  # last_error tells it
    return changed_rows(session, update(Work).where(_ours(claims)).values(**values))


def _ours(claims: Sequence[Claim]) -> ColumnElement[bool]:
    """Selects the rows that these claims still hold."""
    ids, tokens = [held.id for held in claims], [held.token for held in claims]
    ours = table_of({"id": (BigInteger(), ids), "token": (Uuid(), tokens)}, "ours")
    return (Work.id == ours.c.id) & (Work.lease_token == ours.c.token)


def mark_hinted(session: Session, ids: Collection[int], seconds: float) -> None:
    """Notes that a message was published for these rows; the sweeper leaves them alone for these seconds."""
    if ids:
        later = func.clock_timestamp() + timedelta(seconds=seconds)
        session.execute(update(Work).where(Work.id.in_(ids)).values(hint_at=later))


def expire(session: Session, limit: int, most: int | None = None) -> int:
    """Frees rows whose lease expired, the oldest first; returns their number. Rows out of attempts become dead, and the
    steps after them go on without them.

    limit: attempts. most: rows. Skips locked rows: their holder is ending them.
    """
    # The step judges the end of a paid call: unknown, or to be repeated.
    paying = exists().where(TokenLedger.work_id == Work.id, TokenLedger.ended_at.is_(None))
    exhausted = and_(Work.attempts >= limit, ~paying)
    # A literal, not a parameter, and a time that is constant within a scan: else no plan could use the index of leases.
    leased = Work.state == literal(State.LEASED.value, literal_execute=True)
    over = select(Work.id).where(leased, Work.lease_until < func.statement_timestamp())
    statement = (
        update_locked(over.order_by(Work.lease_until).limit(most), skip_locked=True)
        .values(
            state=case((exhausted, State.DEAD.value), else_=State.DUE.value),
            last_error="the worker vanished while it held the lease",
            reason=case((exhausted, "its worker vanished every time"), else_=Work.reason),
            next_attempt_at=func.clock_timestamp(),
            hint_at=func.clock_timestamp(),
            **_released(),
        )
        .returning(Work.step, Work.subject_id, Work.revision, Work.state)
    )
    freed = session.execute(statement).all()
    for step in STEPS:
        _go_on(session, step, [(row[1], row[2]) for row in freed if row[0] == step and row[3] == State.DEAD])
    return len(freed)


def due_now() -> dict[str, Any]:
    """Values of a row that is due immediately."""
    now = func.clock_timestamp()
    return {"state": State.DUE, "reason": None, "next_attempt_at": now, "hint_at": now, "updated_at": func.now()}


def _released() -> dict[str, Any]:
    return {"lease_token": None, "lease_until": None, "updated_at": func.now()}


def fresh_rows(
    step: Step,
    keys: Sequence[Key],
    traces: Traces,
    *,
    hint: float = 0.0,
    delay: float = 0.0,
    turn: Turn = Turn.LIVE,
    asked: str | None = None,
) -> Insert:
    """INSERT of due work; the caller says what becomes of rows that exist. The arguments are as in `enqueue`."""
    columns: Columns = {
        "subject_id": (BigInteger(), [subject for subject, _ in keys]),
        "revision": (BigInteger(), [revision for _, revision in keys]),
        "trace_id": (Text(), [traces.get(subject) for subject, _ in keys]),
    }
    one = table_of(columns).c
    start = func.clock_timestamp() + timedelta(seconds=delay)
    values = {
        "step": literal(step.value, Text),
        "subject_id": one.subject_id,
        "revision": one.revision,
        "state": literal(State.DUE.value, Text),
        "reason": literal(None, Text),
        "turn": literal(int(turn), BigInteger),
        "asked": literal(asked, Text),
        "trace_id": one.trace_id,
        "next_attempt_at": start,
        "hint_at": start + timedelta(seconds=hint),
    }
    return insert(Work).from_select(list(values), select(*values.values()))


def still_held(session: Session, claims: Sequence[Claim]) -> set[int]:
    """Returns ids of rows whose lease is still ours; locks them, so that the answer holds to the transaction's end."""
    held = select(Work.id).where(_ours(claims)).order_by(Work.id).with_for_update(of=Work)
    return set(session.scalars(held))

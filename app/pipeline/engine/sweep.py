"""The sweeper: messages are hints that may be lost, so it publishes due rows without a message again, within bounds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import func, literal, select, text
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.advisory_locks import AdvisoryLock
from app.domain.flow import Call, Key, Next, cut
from app.domain.kinds import State, Step, Turn
from app.domain.steps import STEPS, StepRegistry, StepSpec
from app.models import Work
from app.pipeline.engine import ledger, reschedule, work
from app.pipeline.engine.fan_in import not_ready
from app.pipeline.vision.provider_chain import remote_versions
from app.queues import batch_of, may_wait
from app.settings import get_settings

BOUND = 500  # rows of one step in each pass: a long outage is worked off in portions, not in one flood of messages
# Rows of one fan-in in each pass whose children are checked: a pass costs the same however many rows wait. With the
# default settings each of 24,000 waiting publications is checked once in republish_after; with more, a publication
# whose message was lost waits longer in proportion.
WINDOW = 2_000
# Messages under way for a step that asks a model, where each row takes a second or more. The other rows stay in the
# table, where live work can overtake them: in the broker they would stand before republished messages, and a long
# queue counts as late, so that the sweeper leaves its step alone.
PORTION = 100


def sweep(busy: Collection[Step] = (), steps: StepRegistry = STEPS) -> list[Next]:
    """Frees expired leases and returns the calls to publish again.

    busy: steps with a long queue; the sweep leaves them alone, since their messages are late, not lost.
    """
    settings = get_settings()
    with transaction() as session:
        if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": AdvisoryLock.SWEEP.value}):
            return []
        work.expire(session, settings.max_attempts, BOUND)
        reschedule.wake(session, BOUND)
        ledger.wake(session, BOUND)
        ledger.abandon_old(session, settings.longest_lease())
        return [call for step, spec in steps.items() for call in _due(session, spec, steps, busy=step in busy)]


def portion(session: Session, step: Step) -> list[Next]:
    """Returns as much of a re-reading as there is room for, so that its user need not wait for the next pass."""
    spec = STEPS[step]
    return _calls(session, spec, STEPS, _in_turn(session, spec, Turn.REPROCESS, BOUND))


def calls_of(session: Session, ids: Collection[int], steps: StepRegistry = STEPS) -> list[Next]:
    """The calls of these rows, PORTION at most, that are due and lack nothing; the sweeper has the others.

    For a user who has made them due and waits for their end.
    """
    query = select(Work).where(Work.id.in_(ids), DUE).order_by(Work.id).limit(PORTION).with_for_update()
    rows = session.scalars(query).all()
    return [call for step, spec in steps.items() for call in _calls(session, spec, steps, _able(session, spec, rows))]


def _able(session: Session, spec: StepSpec, rows: Sequence[Work]) -> Sequence[Work]:
    mine = [row for row in rows if row.step == spec.step]
    return _ready(session, spec, STEPS, mine) if spec.fan_in else mine


def _due(session: Session, spec: StepSpec, steps: StepRegistry, *, busy: bool) -> list[Next]:
    if spec.asks is None:
        return [] if busy else _calls(session, spec, steps, _silent_of(session, spec, steps))
    if busy and not may_wait(spec, get_settings()):
        return []
    # Live work goes on despite a queue of days: its messages overtake those that wait there.
    turns = (Turn.LIVE,) if busy else tuple(Turn)
    rows: list[Work] = []
    for turn in turns:
        rows += _in_turn(session, spec, turn, BOUND - len(rows))
    return _calls(session, spec, steps, rows)


def _silent_of(session: Session, spec: StepSpec, steps: StepRegistry) -> Sequence[Work]:
    if not spec.fan_in:
        return _silent(session, spec.step, Turn.LIVE, BOUND)
    return _ready(session, spec, steps, _silent(session, spec.step, Turn.LIVE, WINDOW))


def _calls(session: Session, spec: StepSpec, steps: StepRegistry, rows: Sequence[Work]) -> list[Next]:
    work.mark_hinted(session, [row.id for row in rows], get_settings().republish_after)
    remote = remote_versions(session) if spec.asks == "vision" and rows else set()
    traces = {(row.subject_id, row.revision): row.trace_id for row in rows}
    kinds: dict[tuple[bool, bool], list[Key]] = {}
    for row in rows:
        live = spec.news or (spec.asks is not None and row.turn == Turn.LIVE)
        kinds.setdefault((not live, row.revision in remote), []).append((row.subject_id, row.revision))
    wholes = [Call(spec.step, tuple(keys), bulk=bulk, remote=waits) for (bulk, waits), keys in kinds.items()]
    parts = [part for whole in wholes for part in cut(whole, batch_of(whole, get_settings(), steps))]
    return [replace(part, trace_id=traces[part.keys[0]] if len(part.keys) == 1 else None) for part in parts]


NOW = func.statement_timestamp()  # clock_timestamp() may change within a scan, so no index can serve it
# A literal, not a parameter: a generic plan could not use the partial index of due rows.
DUE = Work.state == literal(State.DUE.value, literal_execute=True)


def _silent(session: Session, step: Step, turn: Turn, limit: int) -> Sequence[Work]:
    """Locks and returns due rows without a message under way, the longest silent first."""
    query = select(Work).where(Work.step == step, DUE, Work.turn == turn)
    query = query.where(Work.next_attempt_at <= NOW, Work.hint_at <= NOW)
    # Rows that another transaction is writing now are not silent.
    return session.scalars(query.order_by(Work.hint_at).limit(limit).with_for_update(skip_locked=True)).all()


def _in_turn(session: Session, spec: StepSpec, turn: Turn, limit: int) -> Sequence[Work]:
    """Returns as many silent rows of a turn as there is room for."""
    step = spec.step
    slow = may_wait(spec, get_settings()) or (spec.asks == "vision" and turn > Turn.LIVE)
    if not slow:
        return _silent(session, step, turn, limit) if limit > 0 else []
    # Rows that are not due yet have no message under way, so they take no room from rows whose message was lost.
    under_way = select(Work.id).where(Work.step == step, DUE, Work.turn == turn, Work.next_attempt_at <= NOW)
    under_way = under_way.where(Work.hint_at > NOW).limit(PORTION)
    room = PORTION - (session.scalar(select(func.count()).select_from(under_way.subquery())) or 0)
    return _silent(session, step, turn, min(limit, room)) if min(limit, room) > 0 else []


def _ready(session: Session, spec: StepSpec, steps: StepRegistry, rows: Sequence[Work]) -> Sequence[Work]:
    """Returns rows whose children are all final, BOUND at most. The others go to the end of the line: the next pass
    checks other rows, and these again after republish_after."""
    open_ = not_ready(session, spec, {row.subject_id for row in rows}, steps) if rows else set()
    work.mark_hinted(session, [row.id for row in rows if row.subject_id in open_], get_settings().republish_after)
    return [row for row in rows if row.subject_id not in open_][:BOUND]

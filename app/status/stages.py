"""The rows of work by step and state: final ones are counters, open ones are read by the index of their state.

`stages` counts open rows to the last. `step_counts` stops at MOST, for a page that must be quick beside any backlog.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, literal, select, text
from sqlalchemy.orm import Session

from app.domain.kinds import State, Step
from app.models import Work
from app.pipeline.engine import counters
from app.search.limits import walking

MOST = 10_000  # due or waiting rows of a step that are counted; one more stands for all further ones
# Each part ends after its first rows in the order of its index (idx_work_turn, idx_work_stuck_list).
OPEN = text("""
    SELECT steps.name, due.count, waiting.count FROM unnest(CAST(:steps AS text[])) AS steps (name),
    LATERAL (SELECT count(*) FROM (
        SELECT FROM work WHERE state = 'due' AND step = steps.name
        ORDER BY turn, hint_at LIMIT :most) AS bounded) AS due,
    LATERAL (SELECT count(*) FROM (
        SELECT FROM work WHERE state = 'waiting' AND state IN ('waiting', 'unknown', 'dead') AND step = steps.name
        ORDER BY id LIMIT :most) AS bounded) AS waiting
""")


@dataclass(frozen=True)
class StageStatus:
    """Rows of work of one step by state. oldest: seconds since the oldest due row became due."""

    due: int = 0
    later: int = 0  # due, with a time that is yet to come
    leased: int = 0
    waiting: int = 0
    done: int = 0
    skipped: int = 0
    unknown: int = 0
    dead: int = 0
    oldest: float | None = None


@dataclass(frozen=True)
class StepCounts:
    """Rows of work of one step by state. due (now or later), waiting: up to 10,001, which stands for more."""

    due: int = 0
    leased: int = 0
    waiting: int = 0
    unknown: int = 0
    dead: int = 0
    done: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Waiting:
    """Rows of work that wait for the same reason. next_look: time of the first retry."""

    reason: str
    count: int
    next_look: datetime


def stages(session: Session, now: datetime) -> dict[Step, StageStatus]:
    """The steps that have rows of work."""
    found = _counted(session, State.LEASED, State.WAITING)
    oldest = {step: age(now, since) for step, since in _due(session, now, found)}
    return {step: StageStatus(**found[step], oldest=oldest.get(step)) for step in Step if step in found}


def _due(session: Session, now: datetime, found: dict[Step, dict[str, int]]) -> list[tuple[Step, datetime]]:
    """Adds the due rows to `found`. Returns (step, time at which its oldest row became due)."""
    later = Work.next_attempt_at > now
    query = select(Work.step, later, func.count(), func.min(Work.next_attempt_at)).where(_in(State.DUE))
    oldest: list[tuple[Step, datetime]] = []
    for step, is_later, count, since in session.execute(query.group_by(Work.step, later)):
        found[Step(step)]["later" if is_later else "due"] = count
        if not is_later:
            oldest.append((Step(step), since))
    return oldest


def step_counts(session: Session, most: int = MOST) -> dict[Step, StepCounts]:
    """The steps that have rows of work, in the order of the flow. Its cost is bounded, however much is due or waits."""
    found = _counted(session, State.LEASED)
    with walking(session):
        for name, due, waits in session.execute(OPEN, {"steps": list(Step), "most": most + 1}):
            found[Step(name)] |= {"due": due, "waiting": waits} if due or waits else {}
    return {step: StepCounts(**found[step]) for step in Step if found.get(step)}


def _counted(session: Session, *states: State) -> dict[Step, dict[str, int]]:
    """step -> state -> rows: final states by their counters, these open ones row by row."""
    found: dict[Step, dict[str, int]] = defaultdict(dict)
    for step, ended in counters.ended_work(session).items():
        found[step] |= {state.value: count for state, count in ended.items()}
    for state in states:
        query = select(Work.step, func.count()).where(_in(state)).group_by(Work.step)
        for name, count in session.execute(query):
            found[Step(name)][state.value] = count
    return found


def waiting(session: Session) -> list[Waiting]:
    """The most frequent reason first."""
    count = func.count().label("count")
    query = select(Work.reason, count, func.min(Work.next_attempt_at)).where(_in(State.WAITING))
    rows = session.execute(query.group_by(Work.reason).order_by(count.desc(), Work.reason))
    return [Waiting(reason or "no reason given", number, soonest.astimezone(UTC)) for reason, number, soonest in rows]


def _in(state: State) -> ColumnElement[bool]:
    """The state as a literal: with a parameter, a generic plan could not use the partial index of that state."""
    return Work.state == literal(state.value, literal_execute=True)


def age(now: datetime, then: datetime | None) -> float | None:
    """Seconds between two times, never negative; None for a time that never was."""
    return None if then is None else max(0.0, (now - then).total_seconds())

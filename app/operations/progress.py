"""Counts open work, albums, polls and events: `run` and `demo` wait until none is left (idle)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, literal, select, union_all
from sqlalchemy.orm import Session

from app.domain.kinds import State, Step
from app.domain.refusals import PASSING
from app.domain.steps import STEPS, StepRegistry
from app.models import Channel, MediaGroup, OutboxEvent, ReprocessRun, Work
from app.pipeline.engine.counters import ended_work
from app.pipeline.posts.takeover import WITH_TELEGRAM

JITTER = 1.25  # the most that jitter lengthens a pause
GIVEN_UP = (State.WAITING, State.UNKNOWN, State.DEAD)  # reported; time alone changes none of them


@dataclass(frozen=True)
class Progress:
    """The open work at one moment. Idle if there is none."""

    unpolled: dict[int, str] = field(default_factory=dict)  # channels not yet read to their head: id -> reference
    albums: int = 0  # albums that may still grow
    open: dict[Step, int] = field(default_factory=dict)  # rows due (now or later) or leased, by step
    final: int = 0  # rows of work in a final state
    unrelayed: int = 0  # events in the outbox
    runs: int = 0  # runs of reanalyze and retag that the sweeper still carries on

    @property
    def idle(self) -> bool:
        """Whether no work is left."""
        return not (self.unpolled or self.albums or self.open or self.unrelayed or self.runs)

    def __str__(self) -> str:
        parts = [f"{count} {step.value}" for step, count in self.open.items()]
        parts += [f"{self.albums} albums open"] if self.albums else []
        parts += [f"{len(self.unpolled)} channels to poll"] if self.unpolled else []
        parts += [f"{self.unrelayed} events"] if self.unrelayed else []
        parts += [f"{self.runs} runs of reanalyze or retag"] if self.runs else []
        return ", ".join(parts) or "idle"


def progress(
    session: Session,
    since: datetime,
    settled: Collection[int] = (),
    final: int = 0,
    steps: StepRegistry = STEPS,
) -> Progress:
    """Reads the open work. The cost of the queries grows with open rows, never with finished ones.

    since: a poll counts if it began after this time. settled: ids of channels known to be read to their head.
    final: a recent result of `count_final`.
    """
    unrelayed = session.scalar(select(func.count()).where(OutboxEvent.published_at.is_(None)))
    return Progress(
        unpolled=_unpolled(session, since, settled),
        albums=_open_albums(session),
        open=_open_work(session, steps.counted),
        final=final,
        unrelayed=unrelayed or 0,
        runs=session.scalar(select(func.count()).where(ReprocessRun.ended_at.is_(None))) or 0,
    )


def count_final(session: Session, steps: StepRegistry = STEPS) -> int:
    """The number of rows of work in a final state."""
    return sum(count for states in ended_work(session, steps.counted).values() for count in states.values())


def _open_work(session: Session, counted: Collection[Step]) -> dict[Step, int]:
    """Rows that are due or leased, by step."""
    # One query a state, with the state as a literal: idx_work_turn and idx_work_leased are partial, one state each.
    states = [literal(state.value, literal_execute=True) for state in (State.DUE, State.LEASED)]
    held = [select(Work.step).where(Work.step.in_(counted), Work.state == state) for state in states]
    rows = union_all(*held, select(Work.step).where(Work.step.in_(counted), _soon()))
    open_ = rows.subquery()
    counts = session.execute(select(open_.c.step, func.count()).group_by(open_.c.step))
    found: dict[str, int] = dict(counts.all())
    return {step: found[step] for step in counted if step in found}


def _soon() -> ColumnElement[bool]:
    """Rows that wait after a refusal of Telegram that may pass: their next request comes within PASSING seconds."""
    waiting = Work.state == literal(State.WAITING.value, literal_execute=True)
    pause = Work.next_attempt_at - Work.updated_at
    return waiting & Work.step.in_(WITH_TELEGRAM) & (pause <= timedelta(seconds=PASSING * JITTER))


def _unpolled(session: Session, since: datetime, settled: Collection[int]) -> dict[int, str]:
    """Watched channels (id -> reference) that no poll since `since` has read to the head, unless the poll gave up."""
    began = Channel.last_polled_at >= since
    reached = began & (Channel.last_success_at >= Channel.last_polled_at)
    gave_up = exists().where(
        Work.step == Step.POLL,
        Work.subject_id == Channel.id,
        Work.state.in_(GIVEN_UP),
        Work.updated_at >= since,
        ~_soon(),
    )
    query = select(Channel.id, Channel.reference).where(
        Channel.enabled, Channel.id.not_in(settled), func.coalesce(~reached, True), ~gave_up
    )
    return dict(session.execute(query.order_by(Channel.id)).all())


def _open_albums(session: Session) -> int:
    """Counts albums that may still grow, except those with a step given up: an idle run does not wait for them."""
    stuck = exists().where(
        Work.step.in_([Step.COLLECT, Step.PERSIST]),
        Work.subject_id == MediaGroup.publication_id,
        Work.state.in_(GIVEN_UP),
    )
    query = select(func.count()).select_from(MediaGroup).where(MediaGroup.state == "open", ~stuck)
    return session.scalar(query) or 0

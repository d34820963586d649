"""How things stand, from rows alone: channels, stages of work, live processes."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from app.domain.kinds import State, Step
from app.models import Channel, OutboxEvent, Post, Work, WorkerHeartbeat
from app.pipeline.presence import LONG_GONE
from app.pipeline.reclaim import SILENT
from app.settings import get_settings
from app.status_paid import ProviderStatus, providers
from app.trouble import Trouble, troubles


@dataclass(frozen=True)
class ChannelStatus:
    """A watched channel. Ages in seconds, None for never."""

    reference: str
    title: str
    telegram_id: int | None
    username: str | None
    enabled: bool
    posts: int
    history_left: int | None  # ids of history still to read; None before the first poll
    polled: float | None
    fresh: float | None  # since a poll reached the head
    error: str | None


@dataclass(frozen=True)
class StageStatus:
    """The work of one step by state. oldest: seconds that the oldest due row has been due."""

    due: int = 0
    later: int = 0  # due, but not before a set time
    leased: int = 0
    waiting: int = 0
    done: int = 0
    skipped: int = 0
    unknown: int = 0
    dead: int = 0
    oldest: float | None = None


@dataclass(frozen=True)
class ProcessStatus:
    """A process that has shown itself in the database."""

    name: str
    pid: int
    queues: str
    seen: float  # seconds ago
    alive: bool


@dataclass(frozen=True)
class Waiting:
    """Work that waits for the same reason. next_look: when the first of it asks again."""

    reason: str
    count: int
    next_look: datetime


@dataclass(frozen=True)
class Status:
    """All of it."""

    at: datetime
    channels: list[ChannelStatus]
    stages: dict[Step, StageStatus]
    processes: list[ProcessStatus]
    unsent_events: int
    providers: list[ProviderStatus] = field(default_factory=list)  # those that cost money
    waiting: list[Waiting] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)


def status(session: Session) -> Status:
    """How things stand now, by the database's clock."""
    now = session.scalars(select(func.clock_timestamp())).one()
    unsent = session.scalar(select(func.count()).where(OutboxEvent.published_at.is_(None)))
    return Status(
        at=now,
        channels=channels(session, now),
        stages=_stages(session, now),
        processes=_processes(session, now),
        unsent_events=unsent or 0,
        providers=providers(session, get_settings()),
        waiting=_waiting(session),
        troubles=troubles(session, get_settings()),
    )


def channels(session: Session, now: datetime, *, disabled: bool = False) -> list[ChannelStatus]:
    """The watched channels; with `disabled` also those that were removed."""
    counts = dict(session.execute(select(Post.channel_id, func.count()).group_by(Post.channel_id)).all())
    rows = session.scalars(select(Channel).order_by(Channel.id))
    return [_channel(row, counts.get(row.id, 0), now) for row in rows if row.enabled or disabled]


def _channel(channel: Channel, posts: int, now: datetime) -> ChannelStatus:
    left = channel.backfill_cursor
    return ChannelStatus(
        reference=channel.reference,
        title=channel.title,
        telegram_id=channel.telegram_id,
        username=channel.username,
        enabled=channel.enabled,
        posts=posts,
        history_left=None if left is None else max(0, left - 1),
        polled=_age(now, channel.last_polled_at),
        fresh=_age(now, channel.last_success_at),
        error=channel.last_error,
    )


def _stages(session: Session, now: datetime) -> dict[Step, StageStatus]:
    later = and_(Work.state == State.DUE, Work.next_attempt_at > now)
    state = case((later, "later"), else_=Work.state)
    query = select(Work.step, state, func.count(), func.min(Work.next_attempt_at)).group_by(Work.step, state)
    found: dict[Step, dict[str, int]] = defaultdict(dict)
    oldest: dict[Step, datetime] = {}
    for step, name, count, since in session.execute(query):
        found[Step(step)][name] = count
        if name == State.DUE:
            oldest[Step(step)] = since
    return {step: StageStatus(**found[step], oldest=_age(now, oldest.get(step))) for step in Step if step in found}


def _waiting(session: Session) -> list[Waiting]:
    """The most frequent reason first."""
    count = func.count().label("count")
    query = select(Work.reason, count, func.min(Work.next_attempt_at)).where(Work.state == State.WAITING)
    rows = session.execute(query.group_by(Work.reason).order_by(count.desc(), Work.reason))
    return [Waiting(reason or "no reason given", number, soonest.astimezone(UTC)) for reason, number, soonest in rows]


def _processes(session: Session, now: datetime) -> list[ProcessStatus]:
    """Those of the last day: names of hosts that are gone would pile up."""
    rows = session.scalars(select(WorkerHeartbeat).order_by(WorkerHeartbeat.worker))
    seen = [(row, (now - row.seen_at).total_seconds()) for row in rows]
    return [
        ProcessStatus(row.worker, row.pid, row.queues, age, age < SILENT.total_seconds())
        for row, age in seen
        if age < LONG_GONE.total_seconds()
    ]


def _age(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else max(0.0, (now - then).total_seconds())

"""The overview that `status` shows: channels, stages of work and live processes, read from rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import db
from app.domain.fetching import ALL
from app.domain.freshness import is_stale
from app.domain.kinds import Step
from app.models import Channel, OutboxEvent, WorkerHeartbeat
from app.pipeline.engine import counters
from app.pipeline.engine.heartbeat import LONG_GONE
from app.pipeline.engine.reclaim import SILENT
from app.pipeline.posts import forwards
from app.pipeline.posts.identity import names_by_channel
from app.pipeline.posts.left_out import rules_of
from app.pipeline.steps import older_documents
from app.settings import get_settings
from app.status.fill_progress import FillProgress, gallery_progress, trends_progress, words_progress
from app.status.left_out import LeftOutCount, left_out_counts
from app.status.problems import Problem, find_problems
from app.status.providers import ProviderStatus, providers
from app.status.services import ServiceStatus, services
from app.status.stages import StageStatus, Waiting, age, stages, waiting


@dataclass(frozen=True)
class ChannelStatus:
    """A watched channel. Ages are in seconds, None for never."""

    reference: str
    title: str
    telegram_id: int | None
    username: str | None
    enabled: bool
    posts: int
    history_left: int | None  # ids of history still to read, without those left out; None before the first poll
    polled: float | None
    fresh: float | None  # seconds since a poll reached the head
    error: str | None
    stale: bool  # as domain.freshness decides
    restriction: str = ""  # by Telegram: all or apps
    names: tuple[str, ...] = ()  # of today
    former_names: tuple[str, ...] = ()  # the newest first
    limits: str | None = None  # of its files, in words; None: there are none
    fetch: dict[str, object] = field(default_factory=dict)  # the same as values: domain.fetching
    left_out: LeftOutCount = field(default_factory=LeftOutCount)  # files that the limits leave out
    history_left_out: int = 0  # ids of history that `since` leaves unread


@dataclass(frozen=True)
class ProcessStatus:
    """A process with a heartbeat in the database."""

    name: str
    pid: int
    queues: str
    seen: float  # seconds ago
    alive: bool  # its heartbeat is recent, and it has not ended since
    busy: float | None = None  # at the last heartbeat: seconds since the oldest work in progress began
    hangs: str | None = None  # the part that makes no progress, in the process's own words
    ended: bool = False  # by an orderly shutdown
    replaced: bool = False  # silent, but a process for the same queues started after its last heartbeat

    @property
    def trouble(self) -> str | None:
        """The problem with it, if any: it hangs, or it fell silent and no process took its place."""
        if self.alive:
            return f"hangs: {self.hangs}" if self.hangs else None
        return (
            None
            if self.ended or self.replaced
            else f"has been silent for {self.seen / 60:.0f} min: killed, or it hangs"
        )


@dataclass(frozen=True)
class Status:
    """The whole overview. at: time of the database's clock."""

    at: datetime
    channels: list[ChannelStatus]
    stages: dict[Step, StageStatus]
    processes: list[ProcessStatus]
    unsent_events: int
    providers: list[ProviderStatus] = field(default_factory=list)  # paid ones
    waiting: list[Waiting] = field(default_factory=list)
    troubles: list[Problem] = field(default_factory=list)
    services: list[ServiceStatus] = field(default_factory=list)
    words: FillProgress | None = None  # old documents whose words are being counted; None: all are
    without_filters: int = 0  # old documents whose filters are still to be filled; 10,001 stands for more
    gallery: FillProgress | None = None  # old media that are still to be shown; None: all are
    trends: FillProgress | None = None  # old documents whose tags and origins are being counted; None: all are
    without_forwards: int = 0  # old posts whose columns of forwards are still to be filled; 10,001 stands for more


def status(session: Session) -> Status:
    """Reads the overview, with times by the database's clock."""
    now = db.now(session)
    found = processes(session, now)
    hung = [f"{one.name} {one.trouble}" for one in found if one.trouble]
    unsent = session.scalar(select(func.count()).where(OutboxEvent.published_at.is_(None)))
    return Status(
        at=now,
        channels=channels(session, now),
        stages=stages(session, now),
        processes=found,
        unsent_events=unsent or 0,
        providers=providers(session, get_settings()),
        waiting=waiting(session),
        services=services(session, get_settings()),
        troubles=find_problems(session, get_settings(), hung),
        words=words_progress(session),
        without_filters=older_documents.left(session),
        gallery=gallery_progress(session),
        trends=trends_progress(session),
        without_forwards=forwards.left(session),
    )


def channels(session: Session, now: datetime, *, disabled: bool = False) -> list[ChannelStatus]:
    """The watched channels; with `disabled` also those that were removed."""
    posts = counters.by_key(session, "posts")["posts"]
    left = left_out_counts(session)
    rows = session.scalars(select(Channel).order_by(Channel.id))
    found = [row for row in rows.all() if row.enabled or disabled]
    names = names_by_channel(session)
    return [
        replace(
            _channel(row, posts.get(row.id, 0), left.get(row.id, LeftOutCount()), now),
            names=tuple(name for name, today in names.get(row.id, ()) if today),
            former_names=tuple(name for name, today in names.get(row.id, ()) if not today),
        )
        for row in found
    ]


def _channel(channel: Channel, posts: int, left_out: LeftOutCount, now: datetime) -> ChannelStatus:
    unread = None if channel.backfill_cursor is None else max(0, channel.backfill_cursor - 1)
    chosen = (unread or 0) if channel.history_left_before is not None else 0
    rules = rules_of(channel)
    fresh, interval = age(now, channel.last_success_at), get_settings().poll_interval
    return ChannelStatus(
        reference=channel.reference,
        title=channel.title,
        telegram_id=channel.telegram_id,
        username=channel.username,
        enabled=channel.enabled,
        posts=posts,
        history_left=None if unread is None else unread - chosen,
        polled=age(now, channel.last_polled_at),
        fresh=fresh,
        error=channel.last_error,
        restriction=channel.restriction,
        stale=channel.enabled and is_stale(fresh, (now - channel.added_at).total_seconds(), interval),
        limits=None if rules == ALL else str(rules),
        fetch=rules.as_json(),
        left_out=left_out,
        history_left_out=chosen,
    )


def processes(session: Session, now: datetime) -> list[ProcessStatus]:
    """The processes of the last day: without a limit, names of hosts that are gone would pile up."""
    rows = session.scalars(select(WorkerHeartbeat).order_by(WorkerHeartbeat.worker)).all()
    return [_process(row, rows, now) for row in rows if now - row.seen_at < LONG_GONE]


def _process(row: WorkerHeartbeat, rows: Sequence[WorkerHeartbeat], now: datetime) -> ProcessStatus:
    ended = row.ended_at is not None
    alive = not ended and now - row.seen_at < SILENT
    return ProcessStatus(
        name=row.worker,
        pid=row.pid,
        queues=row.queues,
        seen=max(0.0, (now - row.seen_at).total_seconds()),
        alive=alive,
        busy=age(row.seen_at, row.busy_since) if alive else None,
        hangs=row.hangs if alive else None,
        ended=ended,
        replaced=any(one.queues == row.queues and one.started_at > row.seen_at for one in rows),
    )


def as_dict(now: Status) -> dict[str, Any]:
    """The overview as values for json.dumps with `default=str`, which formats times."""
    providers = [{**asdict(one), "state": one.state} for one in now.providers]
    processes = [{**asdict(one), "trouble": one.trouble} for one in now.processes]
    return {**asdict(now), "providers": providers, "processes": processes}

"""The overview that `status` shows: channels, stages of work and live processes, read from rows alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import db
from app.domain.kinds import Step
from app.models import OutboxEvent, WorkerHeartbeat
from app.pipeline.engine.heartbeat import LONG_GONE
from app.pipeline.engine.reclaim import SILENT
from app.pipeline.posts import forwards
from app.pipeline.steps import older_documents
from app.settings import get_settings
from app.status.channels import ChannelStatus, channels
from app.status.fill_progress import (
    FillProgress,
    gallery_progress,
    thumbnails_progress,
    trends_progress,
    words_progress,
)
from app.status.problems import Problem, find_problems
from app.status.providers import ProviderStatus, providers
from app.status.services import ServiceStatus, services
from app.status.stages import StageStatus, Waiting, age, stages, waiting


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
    thumbnails: FillProgress | None = None  # old files whose thumbnails are still to be made due; None: all are
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
        thumbnails=thumbnails_progress(session),
        trends=trends_progress(session),
        without_forwards=forwards.left(session),
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

"""The flow until nothing is left to do: what `run` and `demo` are made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from celery import Celery
from kombu.exceptions import OperationalError as BrokerAway
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from app import wiring
from app.adapters.telegram.credentials import credentials
from app.adapters.telegram.errors import LOGIN
from app.db import transaction
from app.errors import MediaAuditError, UserError
from app.local.processes import Processes
from app.models import Channel
from app.operations.progress import Progress, count_final, progress
from app.pipeline.engine.reclaim import reclaim
from app.settings import Settings

LOOK_EVERY = 0.3  # seconds between two looks at the database: a few cheap queries
COUNT_EVERY = 5.0  # seconds between two counts of what is done: only the progress bar shows it, and it reads everything
PATIENCE = 60.0  # seconds without a database before the run is given up: a supervisor restarts a killed one in one
CRASHES = 4  # restarts of one process by itself, before the run is given up

Notice = Callable[[Progress], None]


def check(settings: Settings) -> None:
    """UserError when a setting that the workers need is missing or wrong: better now than in their logs."""
    wiring.store()
    wiring.tagger()
    providers = wiring.vision()
    if settings.telegram_session is None:
        raise UserError(f"TELEGRAM_SESSION is not set: {LOGIN}")
    credentials(settings)
    for provider in providers:
        _ = provider.recipe  # says so when its data are missing


def free_orphans() -> None:
    """Frees what a killed fleet still holds. The caller holds the lock of the home.

    A database outside the home may serve other fleets: there the leases have to run out.
    """
    if Settings().database_url is None:
        with transaction() as session:
            reclaim(session)


def poll_now(settings: Settings) -> None:
    """Asks the workers to poll at once instead of at beat's next turn; a broker that is away leaves it at that."""
    app = Celery(broker=settings.broker())
    with suppress(BrokerAway), app.connection_for_write() as connection:
        app.send_task("app.tasks.poll.poll_channels", queue="default", connection=connection, ignore_result=True)


def until_idle(settings: Settings, processes: Processes, notice: Notice, timeout: float | None) -> Progress:
    """Polls every channel to its head and waits until nothing is left to do, or `timeout` seconds have passed.

    The answer says which. MediaAuditError when a process keeps dying, UserError when a new login is needed. A database
    that restarts is waited for: OperationalError or InterfaceError when it is away for longer than PATIENCE.
    """
    watch = _Watch(datetime.now(UTC) - timedelta(milliseconds=1))
    deadline = None if timeout is None else time.monotonic() + timeout
    poll_now(settings)
    while True:
        state = watch.look()
        if state is not None:
            notice(state)
            if watch.login is not None and not state.idle:
                raise UserError(watch.login)
        late = deadline is not None and time.monotonic() > deadline
        if state is not None and (late or state.idle):
            return state
        _alive(settings, processes)
        time.sleep(LOOK_EVERY)


@dataclass
class _Watch:
    """Looks at the database again and again, and remembers between two looks."""

    since: datetime
    settled: set[int] = field(default_factory=set)  # channels read to their head: their next polls count no more
    watched: set[int] | None = None  # channels that were not, at the first look
    final: int = 0
    counted: float | None = None
    login: str | None = None  # what a poll said about a login that is lost
    away: float | None = None  # since when the database does not answer
    last: Progress | None = None

    def look(self) -> Progress | None:
        """How far the flow has come; while the database is away what was seen last, None when that is nothing."""
        try:
            state = self._read()
        except (OperationalError, InterfaceError):
            self.away = self.away or time.monotonic()
            if time.monotonic() - self.away > PATIENCE:
                raise
            return self.last
        self.away, self.last = None, state
        if self.watched is None:
            self.watched = set(state.unpolled)
        self.settled |= self.watched - state.unpolled.keys()
        return state

    def _read(self) -> Progress:
        with transaction() as session:
            if self.counted is None or time.monotonic() - self.counted > COUNT_EVERY:
                self.final = count_final(session)
                self.counted = time.monotonic()
            self.login = _lost_login(session, self.since)
            return progress(session, self.since, self.settled, self.final)


def _lost_login(session: Session, since: datetime) -> str | None:
    """What a poll has said about a login that is worth nothing any more: nobody but a person ends that wait."""
    query = select(Channel.last_error).where(
        Channel.enabled, Channel.last_polled_at >= since, Channel.last_error.endswith(LOGIN, autoescape=True)
    )
    return session.scalars(query.limit(1)).first()


def _alive(settings: Settings, processes: Processes) -> None:
    dying = [name for name, count in processes.restarts().items() if count >= CRASHES]
    if dying:
        log = settings.home / "logs" / f"{dying[0]}.log"
        raise MediaAuditError(f"{dying[0]} ended {CRASHES} times by itself; its log says why: {log}")


def require_channels(count: int) -> None:
    """UserError when there is nothing to read."""
    if not count:
        raise UserError("no channel is watched yet: add one with `media-audit channels add @name`")

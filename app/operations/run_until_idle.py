"""Runs the flow until it is idle: polls every channel to its head and waits for all open work (`run` and `demo`)."""

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
from app.adapters.telegram.refusals import SET_SESSION
from app.db import transaction
from app.errors import MediaAuditError, UserError
from app.local.processes import Processes
from app.models import Channel
from app.operations.progress import Progress, count_final, progress
from app.pipeline.engine import reschedule
from app.pipeline.engine.reclaim import reclaim
from app.pipeline.posts import search_words
from app.pipeline.posts.search_trends import TRENDS
from app.pipeline.posts.takeover import WITH_TELEGRAM
from app.settings import Settings

LOOK_EVERY = 0.3  # seconds between two rounds of a few cheap queries
COUNT_EVERY = 5.0  # seconds between two looks at the number of finished rows, for the progress bar alone
PATIENCE = 60.0  # seconds without a database before the run gives up; a supervisor restarts a killed database in one
CRASHES = 4  # times that one process may end by itself before the run gives up

Notice = Callable[[Progress], None]


def check(settings: Settings) -> None:
    """Raises UserError for a setting that workers need and that is missing or wrong, before only their logs show it."""
    wiring.store()
    wiring.tagger()
    providers = wiring.vision()
    if settings.telegram_session is None:
        raise UserError(f"TELEGRAM_SESSION is not set: {LOGIN}")
    credentials(settings)
    for provider in providers:
        _ = provider.recipe  # raises if its data are missing


def free_orphans() -> None:
    """Reclaims the leases of a killed fleet. The caller holds the lock of the home.

    Does nothing for a database outside the home: it may serve other fleets, so its leases have to expire.
    """
    if Settings().database_url is None:
        with transaction() as session:
            reclaim(session)


def ask_again() -> None:
    """Makes work due that waits after a refusal of Telegram: the account may have joined the channel, or be free."""
    with suppress(OperationalError, InterfaceError), transaction() as session:
        reschedule.wake_all(session, WITH_TELEGRAM)


def poll_now(settings: Settings) -> None:
    """Asks the workers to poll now instead of at beat's next turn. While the broker is down, beat's turn has to do.

    Asks those with the account, who do the polls: the workers of the queue default take longer to start.
    """
    app = Celery(broker=settings.broker())
    with suppress(BrokerAway), app.connection_for_write() as connection:
        app.send_task("app.tasks.poll.poll_channels", queue="telegram", connection=connection, ignore_result=True)


def until_idle(settings: Settings, processes: Processes, notice: Notice, timeout: float | None) -> Progress:
    """Polls every channel to its head and waits until the flow is idle or `timeout` seconds have passed.

    Returns the last progress: idle, or not after a timeout. Raises MediaAuditError if a process keeps dying, UserError
    if a new login is needed, OperationalError or InterfaceError if the database is down for longer than PATIENCE.
    """
    watch = _Watch(datetime.now(UTC) - timedelta(milliseconds=1))
    deadline = None if timeout is None else time.monotonic() + timeout
    ask_again()
    poll_now(settings)
    while True:
        state = watch.look()
        if state is not None:
            notice(state)
            if watch.login is not None and not state.idle:
                raise UserError(watch.login)
        late = deadline is not None and time.monotonic() > deadline
        if state is not None and (late or state.idle):
            with suppress(OperationalError, InterfaceError):
                search_words.fold_all()  # no sweeper does it later
                TRENDS.fold_all()
            return state
        _alive(settings, processes)
        time.sleep(LOOK_EVERY)


@dataclass
class _Watch:
    """Reads progress from the database, and keeps the facts that one read passes to the next."""

    since: datetime
    settled: set[int] = field(default_factory=set)  # channels read to their head: later polls of them do not count
    watched: set[int] | None = None  # channels that were not yet at their head at the first read
    final: int = 0
    counted: float | None = None
    login: str | None = None  # error of a poll that lost its login
    away: float | None = None  # monotonic time since which the database does not answer
    last: Progress | None = None

    def look(self) -> Progress | None:
        """The present progress; while the database is down the last one read, or None."""
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
    """The error of a poll since `since` that lost its login. Waiting is no use: the user has to log in again."""
    query = select(Channel.last_error).where(
        Channel.enabled, Channel.last_polled_at >= since, Channel.last_error.endswith(SET_SESSION, autoescape=True)
    )
    return session.scalars(query.limit(1)).first()


def _alive(settings: Settings, processes: Processes) -> None:
    dying = [name for name, count in processes.restarts().items() if count >= CRASHES]
    if dying:
        log = settings.home / "logs" / f"{dying[0]}.log"
        raise MediaAuditError(f"{dying[0]} ended {CRASHES} times by itself; its log says why: {log}")


def require_channels(count: int) -> None:
    """Raises UserError if `count` is 0: without a channel there is nothing to poll."""
    if not count:
        raise UserError("no channel is watched yet: add one with `media-audit channels add @name`")

"""The flow until nothing is left to do: what `run` and `demo` are made of."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from celery import Celery
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.errors import MediaAuditError, UserError
from app.local.processes import Processes
from app.models import Channel
from app.pipeline.idle import Progress, progress
from app.pipeline.reclaim import reclaim
from app.settings import Settings

LOOK_EVERY = 0.3  # seconds between two looks at the database: a few cheap queries
CRASHES = 4  # restarts of one process by itself, before the run is given up

Notice = Callable[[Progress], None]


def check(settings: Settings) -> None:
    """UserError when a setting that the workers need is missing or wrong: better now than in their logs."""
    from app import wiring  # late: with it come all adapters
    from app.adapters.telegram.credentials import credentials
    from app.adapters.telegram.errors import LOGIN

    if settings.telegram_session is None:
        raise UserError(f"TELEGRAM_SESSION is not set: {LOGIN}")
    credentials(settings)
    wiring.store()
    wiring.tagger()
    if (provider := wiring.vision()) is not None:
        _ = provider.recipe  # says so when its data are missing


def free_orphans() -> None:
    """Frees what a killed fleet still holds. The caller holds the lock of the home.

    A database outside the home may serve other fleets: there the leases have to run out.
    """
    if Settings().database_url is None:
        with transaction() as session:
            reclaim(session)


def poll_now(settings: Settings) -> None:
    """Asks the workers to poll at once instead of at beat's next turn."""
    app = Celery(broker=settings.broker())
    with app.connection_for_write() as connection:
        app.send_task("app.tasks.poll.poll_channels", queue="default", connection=connection, ignore_result=True)


def until_idle(settings: Settings, processes: Processes, notice: Notice, timeout: float | None) -> Progress:
    """Polls every channel to its head and waits until nothing is left to do, or `timeout` seconds have passed.

    The answer says which. MediaAuditError when a process keeps dying, UserError when a new login is needed.
    """
    since = datetime.now(UTC) - timedelta(milliseconds=1)
    deadline = None if timeout is None else time.monotonic() + timeout
    poll_now(settings)
    settled: set[int] = set()
    watched: set[int] | None = None
    while True:
        with transaction() as session:
            state = progress(session, since, settled)
            lost = _lost_login(session, since)
        watched = set(state.unpolled) if watched is None else watched
        settled |= watched - state.unpolled.keys()
        notice(state)
        if lost is not None and not state.idle:
            raise UserError(lost)
        if state.idle or (deadline is not None and time.monotonic() > deadline):
            return state
        _alive(settings, processes)
        time.sleep(LOOK_EVERY)


def _lost_login(session: Session, since: datetime) -> str | None:
    """What a poll has said about a login that is worth nothing any more: nobody but a person ends that wait."""
    from app.adapters.telegram.errors import LOGIN

    query = select(Channel.last_error).where(
        Channel.enabled, Channel.last_polled_at >= since, Channel.last_error.endswith(LOGIN, autoescape=True)
    )
    return session.scalars(query.limit(1)).first()


def _alive(settings: Settings, processes: Processes) -> None:
    dying = [name for name, count in processes.restarts().items() if count >= CRASHES]
    if dying:
        log = settings.media_audit_home.expanduser().absolute() / "logs" / f"{dying[0]}.log"
        raise MediaAuditError(f"{dying[0]} ended {CRASHES} times by itself; its log says why: {log}")


def require_channels(count: int) -> None:
    """UserError when there is nothing to read."""
    if not count:
        raise UserError("no channel is watched yet: add one with `media-audit channels add @name`")

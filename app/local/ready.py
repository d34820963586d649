"""Prepares for a command: starts services, migrates the schema, waits for the database, refreshes the settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from app import db
from app.local import services
from app.migrations.newest import is_newest
from app.settings import Settings, get_settings

Notify = Callable[[str], object]  # prints one line for the user

LOOK_AGAIN = 1.0  # seconds between two tries to connect to a database that is down


@contextmanager
def running_services(*, valkey: bool = True) -> Iterator[Settings]:
    """Yields settings with the addresses of all services; starts embedded ones unless configured or running.

    Services started here stop with the context: a command leaves the machine as it found it.
    """
    home = get_settings().home
    ran = any(status.running for status in services.status(home))
    configured = Settings()
    wants_postgres, wants_valkey = configured.database_url is None, valkey and configured.redis_url is None
    started = False
    try:
        if wants_postgres or wants_valkey:
            started = services.start(home, postgres=wants_postgres, valkey=wants_valkey, tied=True).started
        forget_settings()
        yield get_settings()
    finally:
        forget_settings()
        if started and not ran:
            services.stop(home)


@contextmanager
def database(*, migrate: bool = True, waiting: Notify | None = None) -> Iterator[Settings]:
    """Starts services and brings the schema up to date, for commands that only read or leave work for the workers.

    waiting: called once, with a text, if the database does not answer; the command then waits without limit. If it is
    None, a database that is down raises OperationalError.
    """
    with running_services() as settings:
        if waiting is not None:
            _await_database(waiting)
        if migrate and not is_newest(db.engine()):
            from app.migrations.run import run_migrations  # Alembic takes longer to load than most commands take

            run_migrations(settings.database())
        yield settings


def _await_database(notify: Notify) -> None:
    """Waits until the database answers, and tells the user once that it waits."""
    said = False
    while True:
        try:
            with db.engine().connect():
                return
        except OperationalError as error:
            if not said:
                notify(f"the database does not answer, waiting for it: {db.first_line(error)}")
            said = True
            time.sleep(LOOK_AGAIN)


def forget_settings() -> None:
    """Drops cached settings and connections after services started or stopped: their addresses have changed."""
    if db.engine.cache_info().currsize:
        db.engine().dispose()
        db.engine.cache_clear()
    get_settings.cache_clear()

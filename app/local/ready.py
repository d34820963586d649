"""What a command needs before it can begin: services, a schema, settings that work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from app import db
from app.local import services
from app.migrations.run import run_migrations
from app.settings import Settings, get_settings

Notify = Callable[[str], object]  # prints one line for the user

LOOK_AGAIN = 1.0  # seconds between two looks at a database that is waited for


@contextmanager
def running_services(*, valkey: bool = True) -> Iterator[Settings]:
    """Settings with the addresses of all services; embedded ones are started unless configured or running.

    What this starts ends with the context: a command leaves the machine as it found it.
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
    """Services with the newest schema, for commands that only look or leave a note for the workers.

    waiting: told once, in words, when the database does not answer; the command then waits for it without end. Without
    it a database that is away raises OperationalError.
    """
    with running_services() as settings:
        if waiting is not None:
            _await_database(waiting)
        if migrate:
            run_migrations(settings.database())
        yield settings


def _await_database(notify: Notify) -> None:
    """Waits until the database answers; tells the user once."""
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
    """Services came or went: addresses and connections are looked up anew."""
    if db.engine.cache_info().currsize:
        db.engine().dispose()
        db.engine.cache_clear()
    get_settings.cache_clear()

"""What a command needs before it can begin: services, a schema, settings that work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import OperationalError

from app import db
from app.cli.output import err, first_line
from app.local import services
from app.migrate import run_migrations
from app.settings import Settings, get_settings

LOOK_AGAIN = 1.0  # seconds between two looks at a database that is waited for


@contextmanager
def running_services(*, valkey: bool = True) -> Iterator[Settings]:
    """Settings with the addresses of all services; embedded ones are started unless configured or running.

    What this starts ends with the context: a command leaves the machine as it found it.
    """
    home = get_settings().media_audit_home
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
def database(*, migrate: bool = True, patient: bool = False) -> Iterator[Settings]:
    """Services with the newest schema, for commands that only look or leave a note for the workers.

    patient: a database that does not answer is waited for, however long that takes; else OperationalError.
    """
    with running_services() as settings:
        if patient:
            _await_database()
        if migrate:
            run_migrations(settings.database())
        yield settings


def _await_database() -> None:
    """Says so once, and waits until the database answers."""
    said = False
    while True:
        try:
            with db.engine().connect():
                return
        except OperationalError as error:
            if not said:
                err().print(f"the database does not answer, waiting for it: {first_line(error)}", markup=False)
            said = True
            time.sleep(LOOK_AGAIN)


def forget_settings() -> None:
    """Services came or went: addresses and connections are looked up anew."""
    if db.engine.cache_info().currsize:
        db.engine().dispose()
        db.engine.cache_clear()
    get_settings.cache_clear()

"""What migrations share: locks taken with patience but never hogged, indexes made beside live traffic."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from alembic import op
from sqlalchemy import Connection, Engine, TextClause, text
from sqlalchemy.exc import DBAPIError

from app.errors import UserError

log = structlog.get_logger()

# Session-level key of the migrator: any constant will do as long as nothing else in the database uses it ("medaudit").
MIGRATOR_KEY = 0x6D65646175646974
# An ungranted ACCESS EXCLUSIVE lock stops every reader behind it, so this is the longest pause that traffic notices.
# Half of PostgreSQL's deadlock_timeout: a migration that holds one table and waits for the next can stand across an
# INSERT that checks a foreign key, and then it is the migrator that has to give way before the traffic is made to.
LOCK_TIMEOUT = 0.5
# A concurrent build waits for old transactions with a lock that stops no reader and no writer, and giving up means
# to build again from the start: so it may wait as long as a migration may.
CONCURRENT_LOCK_TIMEOUT = 600.0
POLL = 0.2  # seconds between two tries for the migrator's lock
REMEDY = (
    "see who blocks with `media-audit db locks`, end that transaction or wait for it, "
    "then run `media-audit db upgrade` again"
)


@dataclass
class Patience:
    """How long a migration may wait for others, in all. seconds: the total; the clock starts with the object."""

    seconds: float = 600.0
    started: float = field(default_factory=time.monotonic)
    told: set[str] = field(default_factory=set)

    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.seconds - (time.monotonic() - self.started))

    def pause(self, seconds: float, waiting_for: str) -> None:
        """Sleeps `seconds`, or raises a UserError that names the remedy when there is no time left."""
        if self.left() <= seconds:
            raise UserError(f"migration waited {self.seconds:.0f} s for {waiting_for}: {REMEDY}")
        if waiting_for not in self.told:
            self.told.add(waiting_for)
            log.info("migration waits", waits_for=waiting_for, seconds_left=round(self.left()))
        time.sleep(seconds)


@contextmanager
def migrator_lock(engine: Engine, patience: Patience) -> Iterator[None]:
    """One migrator at a time.

    The lock is polled and lives on a connection of its own in autocommit: a migrator that waits inside
    pg_advisory_lock holds a snapshot, and CREATE INDEX CONCURRENTLY of the other one would wait for it for ever.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATOR_KEY}):
            patience.pause(POLL, "another migration")
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATOR_KEY})


def set_timeouts(connection: Connection, lock_timeout: float) -> None:
    """Bounds each wait for a lock to `lock_timeout` seconds in this session; statements themselves are not bounded."""
    connection.execute(text("SELECT set_config('lock_timeout', :ms, false)"), {"ms": milliseconds(lock_timeout)})
    connection.execute(text("SELECT set_config('statement_timeout', '0', false)"))


def milliseconds(seconds: float) -> str:
    """A duration as PostgreSQL's settings take it."""
    return f"{seconds * 1000:.0f}ms"


def lock_not_available(error: DBAPIError) -> bool:
    """Whether the statement gave up waiting for a lock (or lost a deadlock): the same call may succeed later."""
    return getattr(error.orig, "sqlstate", None) in {"55P03", "40P01"}


def backoff(attempt: int) -> float:
    """Seconds before the next try: long enough for the readers that queued up to pass, at most 5, with jitter."""
    return min(5.0, 0.5 * 1.5**attempt) * random.uniform(0.8, 1.2)


def create_index_concurrently(name: str, table: str, columns: Sequence[str | TextClause], **options: Any) -> None:
    """Builds an index beside live traffic, outside a transaction; safe to repeat. options: those of op.create_index.

    An INVALID namesake, left by a build that failed, is dropped first: IF NOT EXISTS would take it for the real one.
    """
    with op.get_context().autocommit_block(), _patient():
        # A script written as SQL cannot look: it builds the index anew in either case.
        if op.get_context().as_sql or index_validity(op.get_bind(), name) is False:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.create_index(name, table, columns, if_not_exists=True, postgresql_concurrently=True, **options)


def drop_index_concurrently(name: str) -> None:
    """Drops an index beside live traffic, outside a transaction; safe to repeat."""
    with op.get_context().autocommit_block(), _patient():
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


@contextmanager
def _patient() -> Iterator[None]:
    op.execute(f"SET lock_timeout = '{milliseconds(CONCURRENT_LOCK_TIMEOUT)}'")
    yield
    op.execute(f"SET lock_timeout = '{milliseconds(LOCK_TIMEOUT)}'")


def index_validity(connection: Connection, name: str) -> bool | None:
    """Whether the index of that name is valid; None when there is none."""
    valid = connection.scalar(
        text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": name}
    )
    return None if valid is None else bool(valid)


def has_vector() -> bool:
    """Makes the extension `vector` where the server has it and the user may, and tells whether it is there now.

    A script written as SQL cannot look: it takes the extension for granted.
    """
    if op.get_context().as_sql:
        op.execute("CREATE EXTENSION IF NOT EXISTS vector")
        return True
    connection = op.get_bind()
    return vector_installed(connection) or _create_vector(connection)


def vector_installed(connection: Connection) -> bool:
    """Whether this database has the extension `vector`."""
    return bool(connection.scalar(text("SELECT true FROM pg_extension WHERE extname = 'vector'")))


def _create_vector(connection: Connection) -> bool:
    if not connection.scalar(text("SELECT true FROM pg_available_extensions WHERE name = 'vector'")):
        return False
    try:
        with connection.begin_nested():
            connection.execute(text("CREATE EXTENSION IF NOT EXISTS vector"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient_privilege
            raise
        return False
    return True

"""DDL helpers for migrations: short lock timeouts with retries, and indexes built beside live traffic."""

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

# Key of the migrator's session-level advisory lock: "medaudit" in ASCII; nothing else in the database may use it.
MIGRATOR_KEY = 0x6D65646175646974
# Seconds. A waiting ACCESS EXCLUSIVE lock blocks every reader behind it, so this is the longest pause for traffic.
# Half of PostgreSQL's deadlock_timeout: a migration that holds one table and waits for the next can deadlock with an
# INSERT that checks a foreign key. The migrator must then give way before PostgreSQL cancels the INSERT.
LOCK_TIMEOUT = 0.5
# Seconds. A concurrent build waits for old transactions with a lock that blocks no reader and no writer, and a build
# that gives up starts again from nothing: so it may wait as long as a migration.
CONCURRENT_LOCK_TIMEOUT = 600.0
POLL = 0.2  # seconds between two tries for the migrator's lock
REMEDY = (
    "see who blocks with `media-audit db locks`, end that transaction or wait for it, "
    "then run `media-audit db upgrade` again"
)


@dataclass
class Patience:
    """The total time that a migration may wait for locks. seconds: the total, counted from the object's creation."""

    seconds: float = 600.0
    started: float = field(default_factory=time.monotonic)
    told: set[str] = field(default_factory=set)

    def left(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.seconds - (time.monotonic() - self.started))

    def pause(self, seconds: float, waiting_for: str) -> None:
        """Sleeps `seconds`, or raises a UserError with the remedy if less time than that is left."""
        if self.left() <= seconds:
            raise UserError(f"migration waited {self.seconds:.0f} s for {waiting_for}: {REMEDY}")
        if waiting_for not in self.told:
            self.told.add(waiting_for)
            log.info("migration waits", waits_for=waiting_for, seconds_left=round(self.left()))
        time.sleep(seconds)


@contextmanager
def migrator_lock(engine: Engine, patience: Patience) -> Iterator[None]:
    """Holds the advisory lock that lets one migrator run at a time.

    Polls for the lock on its own connection in autocommit: a migrator that waits inside pg_advisory_lock holds a
    snapshot, and CREATE INDEX CONCURRENTLY of the other migrator would wait for that snapshot for ever.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATOR_KEY}):
            patience.pause(POLL, "another migration")
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATOR_KEY})


def set_timeouts(connection: Connection, lock_timeout: float) -> None:
    """Limits each wait for a lock in this session to `lock_timeout` seconds; statements have no limit."""
    connection.execute(text("SELECT set_config('lock_timeout', :ms, false)"), {"ms": milliseconds(lock_timeout)})
    connection.execute(text("SELECT set_config('statement_timeout', '0', false)"))


def milliseconds(seconds: float) -> str:
    """The duration in the form that PostgreSQL's settings take."""
    return f"{seconds * 1000:.0f}ms"


def lock_not_available(error: DBAPIError) -> bool:
    """Whether the statement ran into its lock timeout or lost a deadlock: a retry may succeed."""
    return getattr(error.orig, "sqlstate", None) in {"55P03", "40P01"}


def backoff(attempt: int) -> float:
    """Seconds before the next try, at most 5 (6 with jitter): time for the readers that queued up to pass."""
    return min(5.0, 0.5 * 1.5**attempt) * random.uniform(0.8, 1.2)


def create_index_concurrently(name: str, table: str, columns: Sequence[str | TextClause], **options: Any) -> None:
    """Builds an index beside live traffic, outside a transaction; safe to repeat. options: those of op.create_index.

    First drops an INVALID index of that name, left by a failed build: IF NOT EXISTS would accept it as built.
    """
    with op.get_context().autocommit_block(), _patient():
        # Offline mode (SQL script) cannot query the database: it always drops and builds.
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
    """Whether the index of that name is valid; None if there is none."""
    valid = connection.scalar(
        text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": name}
    )
    return None if valid is None else bool(valid)


def has_vector() -> bool:
    """Creates the extension `vector` if the server has it and the user has the right; returns whether it exists now."""
    return _has_extension("vector")


def has_trigrams() -> bool:
    """Creates the extension `pg_trgm` as `has_vector` does its own; returns whether indexes can use it now."""
    return _has_extension("pg_trgm") and (op.get_context().as_sql or trigrams_installed(op.get_bind()))


def _has_extension(name: str) -> bool:
    """Offline mode (SQL script) cannot query the database: it assumes that the server has the extension."""
    if op.get_context().as_sql:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
        return True
    connection = op.get_bind()
    return _installed(connection, name) or _create_extension(connection, name)


def vector_installed(connection: Connection) -> bool:
    """Whether this database has the extension `vector`."""
    return _installed(connection, "vector")


def trigrams_installed(connection: Connection) -> bool:
    """Whether this database has the extension `pg_trgm`, in a schema that names are looked up in."""
    visible = text("SELECT true FROM pg_opclass WHERE opcname = 'gin_trgm_ops' AND pg_opclass_is_visible(oid)")
    return bool(connection.scalar(visible))


def _installed(connection: Connection, name: str) -> bool:
    return bool(connection.scalar(text("SELECT true FROM pg_extension WHERE extname = :name"), {"name": name}))


def _create_extension(connection: Connection, name: str) -> bool:
    if not connection.scalar(text("SELECT true FROM pg_available_extensions WHERE name = :name"), {"name": name}):
        return False
    try:
        with connection.begin_nested():
            connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient_privilege
            raise
        return False
    return True

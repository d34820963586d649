"""Takes the remains of erased rows off the disk of the server: dead rows, samples in its statistics, its log of writes.

PostgreSQL only marks an erased row as dead; its bytes stay in pages, in samples of ANALYZE and in the write-ahead log
until they are written over. Nothing here changes what the database says.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from redis import Redis, RedisError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app import db
from app.settings import get_settings

TABLES = text("""
    SELECT quote_ident(c.relname) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind = 'r' ORDER BY pg_total_relation_size(c.oid), 1
""")
OURS = "SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace"
STATISTICS = ("pg_catalog.pg_statistic", "pg_catalog.pg_statistic_ext_data")
WAIT = 60.0  # seconds for the broker to write its file anew


def scrub(notify: Callable[[str], object]) -> list[str]:
    """Rewrites each table under an exclusive lock, so others wait meanwhile; it needs room for the largest once more.

    Returns the parts that this server refuses to its user, each with the reason. notify: gets a line for each part.
    """
    with db.engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        tables = connection.scalars(TABLES).all()
        for number, table in enumerate(tables, start=1):
            notify(f"table {number} of {len(tables)}: {table}")
            connection.execute(text(f"VACUUM (FULL, ANALYZE) {table}"))
        parts: tuple[tuple[str, Callable[[], object]], ...] = (
            ("samples in the statistics", lambda: _statistics(connection)),
            ("the write-ahead log", lambda: _log_of_writes(connection)),
            ("the broker's file", _broker),
        )
        return [problem for name, act in parts if (problem := _tried(name, act, notify))]


def _tried(name: str, act: Callable[[], object], notify: Callable[[str], object]) -> str | None:
    notify(name)
    try:
        act()
    except DBAPIError as error:
        return f"{name}: {str(error.orig).strip().splitlines()[0]}"
    except RedisError as error:
        return f"{name}: {error}"
    return None


def _statistics(connection: Connection) -> None:
    """Takes all samples anew: ANALYZE leaves those of a table that has no rows any more."""
    connection.execute(text(f"DELETE FROM pg_catalog.pg_statistic WHERE starelid IN ({OURS})"))
    connection.execute(text("ANALYZE"))
    for table in STATISTICS:
        connection.execute(text(f"VACUUM FULL {table}"))


def _log_of_writes(connection: Connection) -> None:
    """Writes through all segments that exist: a switch fills the rest of one with zeros. Old ones then go, and are not
    kept for later use under another name."""
    connection.execute(text("ALTER SYSTEM SET wal_recycle = off"))
    try:
        connection.execute(text("SELECT pg_reload_conf()"))
        connection.execute(text("CHECKPOINT"))
        segments = connection.scalar(text("SELECT count(*) FROM pg_ls_waldir()")) or 0
        for _ in range(segments + 1):
            connection.execute(text("SELECT pg_logical_emit_message(false, 'scrub', ''), pg_switch_wal()"))
        for _ in range(2):  # a checkpoint removes the segments before the one ahead of it
            connection.execute(text("CHECKPOINT"))
    finally:
        connection.execute(text("ALTER SYSTEM RESET wal_recycle"))
        connection.execute(text("SELECT pg_reload_conf()"))


def _broker() -> None:
    """Events that were sent stand in the broker's file until it is written anew."""
    broker = Redis.from_url(get_settings().redis())
    try:
        broker.bgrewriteaof()
        deadline = time.monotonic() + WAIT
        while broker.info("persistence").get("aof_rewrite_in_progress") and time.monotonic() < deadline:
            time.sleep(0.05)
    finally:
        broker.close()

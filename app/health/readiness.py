"""Readiness: tells whether a process could work now: database at our schema, broker, and the account for telegram."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import psycopg
import redis
from kombu.connection import Connection

from app.health import heartbeat_file
from app.health.liveness import TIMEOUT, Health, live, name_of
from app.resources import resource
from app.settings import get_settings

REVISION = re.compile(r'^(down_)?revision = "?([\w]+)"?$', re.MULTILINE)


def ready(home: Path, who: str, within: float = heartbeat_file.SILENT) -> Health:
    """Whether the process is alive and has its database, broker (all but metrics) and account (telegram)."""
    found = live(home, who, within)
    checks: list[Callable[[], str | None]] = [_database, *([] if who == "metrics" else [_broker])]
    if who.partition("@")[0] == "telegram":
        checks.append(lambda: _account(home, name_of(who)))
    for check in checks if found.ok else ():
        if (wrong := check()) is not None:
            return Health(False, f"{who} is not ready: {wrong}")
    return Health(True, f"{who} is ready") if found.ok else found


def _database() -> str | None:
    url = get_settings().database().replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(url, connect_timeout=int(TIMEOUT), application_name="media-audit health") as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return "the database has no schema: media-audit db upgrade"
    except psycopg.Error as error:
        return f"the database does not answer: {str(error).strip().splitlines()[0] or type(error).__name__}"
    return _behind(str(row[0]) if row else "")


def _behind(current: str) -> str | None:
    """The error if the schema is older than this version needs. A newer one is fine: migrations keep it usable."""
    known, head = revisions()
    return (
        f"the schema is at {current}, this version needs {head}: media-audit db upgrade"
        if (current != head and (not current or current in known))
        else None
    )


def revisions() -> tuple[set[str], str]:
    """(all revisions of the schema, the newest), read from the text of the migrations: loading Alembic takes 0.5 s."""
    known: set[str] = set()
    parents: set[str] = set()
    for path in resource("alembic").glob("versions/*.py"):
        for down, name in REVISION.findall(path.read_text()):
            (parents if down else known).add(name)
    return known, max(known - parents)


def _broker() -> str | None:
    url = get_settings().broker()
    if url.startswith(("redis://", "rediss://")):
        try:
            with redis.Redis.from_url(url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT) as client:
                client.ping()
        except redis.RedisError as error:
            return f"the broker does not answer: {type(error).__name__}"
        return None
    try:
        with Connection(url, connect_timeout=TIMEOUT) as connection:
            connection.ensure_connection(max_retries=1, timeout=TIMEOUT)
    except Exception as error:  # each transport raises its own errors
        return f"the broker does not answer: {type(error).__name__}"
    return None


def _account(home: Path, name: str) -> str | None:
    file = heartbeat_file.read(home, name)
    return file.report.unready if file else None

"""Migrations beside live traffic: they wait in short tries, build beside it, and end well."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
from alembic import command
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from app.errors import UserError
from app.migrations.ddl import LOCK_TIMEOUT
from app.migrations.lock_diagnosis import LockAnswer, diagnose
from app.migrations.run import alembic_config, run_migrations, schema_state
from app.resources import resource

Alembic: TypeAlias = Callable[..., "subprocess.Popen[str]"]

INITIAL = "20261123_initial"
POST = text("INSERT INTO posts (channel_id, telegram_message_id) SELECT id, :message FROM channels")


@pytest.fixture
def alembic(empty_database: str, tmp_path: Path) -> Iterator[Alembic]:
    """Starts `alembic <arguments>` in a process of its own and in a foreign directory."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "alembic", "-c", str(resource("alembic.ini")), *arguments],
            cwd=tmp_path,
            env={**os.environ, "DATABASE_URL": empty_database.replace("postgresql+psycopg://", "postgres://")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def channel(empty_database: str, engine: Engine) -> None:
    """A database before its concurrent indexes, with a channel to post in."""
    command.upgrade(alembic_config(empty_database), INITIAL)
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO channels (reference) VALUES ('@live')"))


def wait_for(condition: Callable[[], bool], seconds: float = 90.0) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def findings(engine: Engine) -> list[LockAnswer]:
    """What `media-audit db locks` would show now."""
    with engine.connect() as connection:
        return diagnose(connection)


def write(connection: Connection, message: int) -> float:
    """Writes and reads a post as live traffic does; the seconds that it took."""
    started = time.monotonic()
    connection.execute(POST, {"message": message})
    connection.scalar(text("SELECT count(*) FROM posts"))
    return time.monotonic() - started


def index_state(engine: Engine) -> tuple[bool, str]:
    """(valid, definition) of the album index."""
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT indisvalid, pg_get_indexdef(indexrelid) FROM pg_index "
                "WHERE indexrelid = to_regclass('idx_posts_with_grouped_id')"
            )
        ).one()
    return row[0], row[1]


@pytest.mark.usefixtures("channel")
def test_two_migrators_beside_an_open_write_transaction(engine: Engine, alembic: Alembic) -> None:
    live = engine.execution_options(isolation_level="READ COMMITTED")
    with live.connect() as writer, engine.connect() as traffic:
        writer.execute(POST, {"message": 1})
        pid = writer.scalar(text("SELECT pg_backend_pid()"))
        first, second = alembic("upgrade", "head"), alembic("upgrade", "head")

        wait_for(lambda: any(row["blocking_pid"] == pid for row in findings(engine)[0].rows))
        blocked, transactions, migrator, invalid = findings(engine)
        assert "CREATE INDEX CONCURRENTLY" in blocked.rows[0]["blocked_query"]
        assert blocked.rows[0]["blocking_state"] == "idle in transaction"
        assert any(row["pid"] == pid and "posts" in row["locks"] for row in transactions.rows)
        assert [row["application"] for row in migrator.rows] == ["media-audit migrator"]
        assert [row["index"] for row in invalid.rows] == ["idx_posts_with_grouped_id"]
        wait_for(lambda: polling(engine) == 1)  # the second migrator is there, and holds no snapshot
        assert max(write(traffic, message) for message in range(2, 30)) < 1.0
        assert first.poll() is None
        assert second.poll() is None
        writer.commit()
    for process in (first, second):
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
    assert index_state(engine)[0]
    assert schema_state(engine)[0] == schema_state(engine)[1]


def polling(engine: Engine) -> int:
    """Migrators that wait for their turn, outside any transaction."""
    with engine.connect() as connection:
        return int(
            connection.scalar(
                text(
                    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'media-audit migrator' "
                    "AND datname = current_database() AND query LIKE '%pg_try_advisory_lock%' AND state = 'idle' "
                    "AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"
                )
            )
            or 0
        )


@pytest.mark.usefixtures("channel")
def test_strong_locks_are_asked_for_in_short_tries(engine: Engine, alembic: Alembic) -> None:
    live = engine.execution_options(isolation_level="READ COMMITTED")
    with live.connect() as reader, engine.connect() as traffic:
        reader.execute(text("SELECT count(*) FROM posts"))
        process = alembic("downgrade", "base")  # drops tables: ACCESS EXCLUSIVE
        wait_for(lambda: bool(findings(engine)[0].rows))
        pauses: list[float] = []
        until = time.monotonic() + 2.5 * LOCK_TIMEOUT
        message = 10_000
        while time.monotonic() < until:
            pauses.append(write(traffic, message))
            message += 1
        assert process.poll() is None
        assert max(pauses) < LOCK_TIMEOUT + 1.0  # a queue behind an ungranted lock lasts one try, not for ever
        reader.rollback()
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert schema_state(engine)[0] is None


@pytest.mark.usefixtures("channel")
def test_patience_ends_with_a_remedy(empty_database: str, engine: Engine) -> None:
    live = engine.execution_options(isolation_level="READ COMMITTED")
    with live.connect() as reader:
        reader.execute(text("SELECT count(*) FROM posts"))
        with pytest.raises(UserError, match="media-audit db locks"):
            command.downgrade(alembic_config(empty_database, patience=1.5), "base")
        assert schema_state(engine)[0] == INITIAL


@pytest.mark.usefixtures("channel")
def test_an_invalid_namesake_is_built_again(empty_database: str, engine: Engine) -> None:
    live = engine.execution_options(isolation_level="READ COMMITTED")
    with live.connect() as writer, engine.connect() as builder:
        writer.execute(POST, {"message": 1})
        builder.execute(text("SET lock_timeout = '100ms'"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            builder.execute(text("CREATE INDEX CONCURRENTLY idx_posts_with_grouped_id ON posts (grouped_id)"))
        writer.rollback()
    valid, _ = index_state(engine)
    assert not valid

    run_migrations(empty_database)
    valid, definition = index_state(engine)
    assert valid
    assert "(channel_id, grouped_id) WHERE (grouped_id IS NOT NULL)" in definition


def test_two_migrators_from_nothing(engine: Engine, alembic: Alembic) -> None:
    processes = [alembic("upgrade", "head") for _ in range(2)]
    for process in processes:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
    assert schema_state(engine)[0] == schema_state(engine)[1]

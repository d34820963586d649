"""squawk reads the SQL of all migrations and finds nothing that would stop live traffic."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from app.migrations.run import alembic_config

EXCLUDED = {
    "prefer-robust-stmts": "a migration is one transaction; the rest is repeatable (app.migrations.ddl)",
    "require-statement-timeout": "a long build may take its time: waiting for locks hurts others, and that is bounded",
    "prefer-text-field": "the one varchar is Alembic's own table",
}


def lint(sql: str) -> subprocess.CompletedProcess[str]:
    """squawk's verdict on the statements; its return code is 1 when it found something."""
    squawk = Path(sys.executable).parent / "squawk"
    rules = [f"--exclude={rule}" for rule in EXCLUDED]
    return subprocess.run(
        [str(squawk), "--pg-version=15", "--reporter=gcc", *rules],
        input=sql,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def sql() -> str:
    """All migrations as SQL, made without a database."""
    written = io.StringIO()
    config = alembic_config("postgresql://nobody@nowhere/none")
    offline = Config(output_buffer=written, attributes=config.attributes)
    offline.set_main_option("script_location", config.get_main_option("script_location") or "")
    command.upgrade(offline, "head", sql=True)
    return written.getvalue()


def test_migrations_are_safe_beside_live_traffic(sql: str) -> None:
    verdict = lint(sql)
    assert verdict.returncode == 0, verdict.stdout


@pytest.mark.parametrize(
    ("unsafe", "rule"),
    [
        ("CREATE INDEX idx_views ON posts (views);", "require-concurrent-index-creation"),
        ("ALTER TABLE posts ALTER COLUMN views TYPE text;", "changing-column-type"),
        ("ALTER TABLE posts DROP COLUMN views;", "ban-drop-column"),
        ("ALTER TABLE posts ADD CONSTRAINT ck_views CHECK (views >= 0);", "constraint-missing-not-valid"),
    ],
)
def test_an_unsafe_statement_would_be_found(sql: str, unsafe: str, rule: str) -> None:
    verdict = lint(f"{sql}\n{unsafe}\n")
    assert verdict.returncode == 1
    assert rule in verdict.stdout


def test_the_album_index_is_built_outside_a_transaction_and_apart(sql: str) -> None:
    before, _, after = sql.partition("CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_posts_with_grouped_id")
    assert before.rfind("COMMIT;") > before.rfind("BEGIN;")
    assert "DROP INDEX CONCURRENTLY IF EXISTS idx_posts_with_grouped_id" in before
    assert after

"""media-audit db: what a person sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from app.cli.db import db
from app.db import engine as process_engine
from app.settings import get_settings


@pytest.fixture(autouse=True)
def settings(empty_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The process's settings point at the fresh database, and the working directory is not the checkout."""
    monkeypatch.setenv("DATABASE_URL", empty_database)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    process_engine.cache_clear()
    yield
    process_engine().dispose()
    process_engine.cache_clear()
    get_settings.cache_clear()


def run(*arguments: str) -> str:
    """The output of a call that ends well."""
    result = CliRunner().invoke(db, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_upgrade_from_any_directory_and_again() -> None:
    assert "schema is at" in run("upgrade")
    assert "as before" in run("upgrade")


def test_url_is_one_that_any_client_takes(empty_database: str) -> None:
    assert run("url").strip() == empty_database.replace("postgresql+psycopg://", "postgresql://")


def test_locks_names_the_blocker_and_an_invalid_index(engine: Engine) -> None:
    run("upgrade")
    with engine.connect() as connection:
        connection.execute(text("INSERT INTO channels (reference) VALUES ('@twice'), ('@Twice')"))
        with pytest.raises(IntegrityError, match="could not create unique index"):
            connection.execute(text("CREATE UNIQUE INDEX CONCURRENTLY idx_broken ON channels (lower(reference))"))
        connection.execute(text("BEGIN; LOCK TABLE posts IN SHARE MODE"))
        findings = json.loads(run("locks", "--json"))
        shown = run("locks")
        connection.execute(text("ROLLBACK"))
    assert [row["index"] for finding in findings for row in finding["rows"] if "on_table" in row] == ["idx_broken"]
    assert any("posts ShareLock" in row.get("locks", "") for finding in findings for row in finding["rows"])
    assert "idx_broken" in shown


def test_titles_of_locks_are_those_of_release_0_1() -> None:
    """Programs find a section of the report by its title, which is a comment of the script: no comment like others."""
    assert [finding["title"] for finding in json.loads(run("locks", "--json"))] == [
        "Sessions that wait, and who blocks them",
        "Open transactions that hold locks on tables, oldest first: "
        "a migration between two tries waits for one of these",
        "Who holds the migrator's lock (the key is app.ddl.MIGRATOR_KEY, its halves in classid and objid)",
        "INVALID indexes: left by a build that failed (`media-audit db upgrade` drops and builds again), "
        "or in the making",
    ]

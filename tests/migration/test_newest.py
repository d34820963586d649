"""A command loads Alembic only where there is something to migrate."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from app.migrations.newest import is_newest, newest_revision
from app.migrations.run import alembic_config, run_migrations


def test_the_newest_revision_is_that_of_alembic() -> None:
    assert newest_revision() == ScriptDirectory.from_config(alembic_config()).get_current_head()


def test_only_a_whole_schema_is_newest(empty_database: str, engine: Engine) -> None:
    assert not is_newest(engine)
    run_migrations(empty_database)
    assert is_newest(engine)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE alembic_version SET version_num = '20261127_trace_index'",
        "UPDATE alembic_version SET version_num = 'of_a_later_release'",
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
        "DROP TABLE search_embeddings",  # as on a server that gets the extension after the migrations
        "DROP INDEX idx_search_words_trigrams",  # the same for the extension pg_trgm
    ],
)
def test_any_other_is_not(empty_database: str, engine: Engine, damage: str) -> None:
    run_migrations(empty_database)
    with engine.connect() as connection:
        connection.execute(text(damage))
    assert not is_newest(engine)


# Each costs a quarter of a second or more, in every `status` and every search of a shell.
HEAVY = ("alembic", "celery", "telethon", "PIL", "numpy", "onnxruntime", "tesserocr", "pymorphy3", "httpx")


@pytest.mark.parametrize("command", ["status", "search"])
def test_reading_commands_import_no_heavy_package(command: str) -> None:
    code = f"import sys, app.cli.{command}; print(sorted(set({HEAVY}) & set(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"

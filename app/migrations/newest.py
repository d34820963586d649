"""Tells whether a database has the newest schema, without Alembic: it takes longer to load than a search takes."""

from __future__ import annotations

import re

from sqlalchemy import Connection, Engine, text

from app.models.search import has_embeddings
from app.models.search_words import has_trigrams
from app.resources import resource

NAMES = re.compile(r'^(down_)?revision = "(\w+)"$', re.MULTILINE)


def newest_revision() -> str:
    """The revision that no other one follows. ValueError unless there is exactly one."""
    files = sorted((resource("alembic") / "versions").glob("*.py"))
    found = [pair for file in files for pair in NAMES.findall(file.read_text())]
    newest: str
    [newest] = {name for down, name in found if not down} - {name for down, name in found if down}
    return newest


def is_newest(engine: Engine) -> bool:
    """Whether a migration would change nothing. OperationalError if the database does not answer."""
    with engine.connect() as connection:
        return _revision(connection) == newest_revision() and _has_all_it_can(connection)


def _revision(connection: Connection) -> str | None:
    if connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def _has_all_it_can(connection: Connection) -> bool:
    """False on a server that got an extension after the migrations ran."""
    return (has_embeddings(connection) or not _offered(connection, "vector")) and (
        has_trigrams(connection) or not _offered(connection, "pg_trgm")
    )


def _offered(connection: Connection, extension: str) -> bool:
    offered = text("SELECT count(*) > 0 FROM pg_available_extensions WHERE name = :name")
    return bool(connection.scalar(offered, {"name": extension}))

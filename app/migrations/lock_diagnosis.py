"""The diagnosis behind `media-audit db locks`: who blocks whom, and which indexes are INVALID."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.resources import resource

SCRIPT = "scripts/diagnose_migration_locks.sql"


@dataclass(frozen=True)
class LockAnswer:
    """One question of the script and its answer; rows are by column name."""

    title: str
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]


def diagnose(connection: Connection) -> list[LockAnswer]:
    """Runs each statement of the script; the comment above a statement is its title."""
    return [_ask(connection, title, statement) for title, statement in _statements(resource(SCRIPT).read_text())]


def _statements(script: str) -> list[tuple[str, str]]:
    found = re.findall(r"^-- ([^\n]+)\n(SELECT\b.*?);$", script, flags=re.MULTILINE | re.DOTALL)
    return [(title, statement) for title, statement in found]


def _ask(connection: Connection, title: str, statement: str) -> LockAnswer:
    result = connection.exec_driver_sql(statement)
    return LockAnswer(title, tuple(result.keys()), [dict(row) for row in result.mappings()])

"""Lock diagnosis for `media-audit db locks`: blocked sessions with their blockers, and INVALID indexes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.resources import resource

SCRIPT = "scripts/diagnose_migration_locks.sql"


@dataclass(frozen=True)
class LockAnswer:
    """One query of the script with its result. title: the comment above it. rows: by column name."""

    title: str
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]


def diagnose(connection: Connection) -> list[LockAnswer]:
    """Runs each statement of the script. The comment above a statement is its title."""
    return [_ask(connection, title, statement) for title, statement in _statements(resource(SCRIPT).read_text())]


def _statements(script: str) -> list[tuple[str, str]]:
    found = re.findall(r"^-- ([^\n]+)\n(SELECT\b.*?);$", script, flags=re.MULTILINE | re.DOTALL)
    return [(title, statement) for title, statement in found]


def _ask(connection: Connection, title: str, statement: str) -> LockAnswer:
    result = connection.exec_driver_sql(statement)
    return LockAnswer(title, tuple(result.keys()), [dict(row) for row in result.mappings()])

"""Rows of a running system's database, for tests that look on from outside."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.rows import dict_row

from app.settings import Settings


class Rows:
    """What a system has in its database. Mixed into whatever has `settings`."""

    settings: Settings

    def rows(self, query: str, *args: object) -> list[dict[str, Any]]:
        """Rows of a query, each in a transaction and connection of its own."""
        url = self.settings.database().replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
            return connection.execute(query, args or None).fetchall()

    def one(self, query: str, *args: object) -> Any:
        """The single value of the single row."""
        [row] = self.rows(query, *args)
        [value] = row.values()
        return value


def until(holds: Callable[[], object], what: str, seconds: float = 60.0, pause: float = 0.05) -> None:
    """Waits until something holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(pause)

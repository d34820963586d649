"""The plan of the slowest statement of a search, as PostgreSQL ran it within the search."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.orm import Session

from tests.bench.search.measure import Prepare
from tests.bench.search.queries import Query


@dataclass
class _Slowest:
    """The slowest statement so far. began: None while its plan is asked for."""

    ms: float = 0.0
    plan: list[str] = field(default_factory=list)
    began: float | None = None


def plan_of(session: Session, prepare: Prepare, query: Query) -> tuple[float, list[str]]:
    """Milliseconds and plan of the slowest statement that the search needs."""
    run = prepare(session, query)
    if run is None:
        return 0.0, []
    with _watched(session.connection()) as slowest:
        run()
    session.rollback()
    return slowest.ms, slowest.plan


@contextmanager
def _watched(connection: Connection) -> Iterator[_Slowest]:
    slowest = _Slowest()

    def before(*_: Any) -> None:
        slowest.began = time.perf_counter()

    def after(_: Any, cursor: Any, statement: str, parameters: Any, *__: Any) -> None:
        took = (time.perf_counter() - (slowest.began or 0)) * 1000
        if took > slowest.ms and statement.lstrip().upper().startswith(("SELECT", "WITH")):
            slowest.ms = took
            # On a cursor of its own: the search has yet to read that of the statement.
            with cursor.connection.cursor() as own:
                own.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", parameters)
                slowest.plan = [statement, *(line for (line,) in own.fetchall())]

    event.listen(connection, "before_cursor_execute", before)
    event.listen(connection, "after_cursor_execute", after)
    yield slowest
    event.remove(connection, "before_cursor_execute", before)
    event.remove(connection, "after_cursor_execute", after)

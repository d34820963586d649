"""Counts that need no look at their tables: read them, fold their changes, count rows that were there before them.

Triggers append the changes (app/migrations/counter_triggers.py, docs/adr/0016-counters.md). Nothing here waits for a
writer, and no writer waits for it: changes are only appended, and each row of counters is written by a fold alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.advisory_locks import AdvisoryLock
from app.domain.kinds import FINAL, State, Step

BOUND = 5_000  # changes of one transaction
PORTIONS = 20  # transactions of one pass, which the next pass goes on from
WORK = "work"
# Table -> statement that counts its rows as (name, key, value).
WHOLE: Mapping[str, str] = {
    "posts": "SELECT 'posts' AS name, channel_id AS key, count(*) AS value FROM posts GROUP BY 2",
    "publications": "SELECT 'publications' AS name, channel_id AS key, count(*) AS value FROM publications GROUP BY 2",
    "media_files": """
        SELECT 'media_files' AS name, 0 AS key, count(*) AS value FROM media_files
        UNION ALL SELECT 'media_files.bytes', 0, coalesce(sum(size), 0) FROM media_files""",
    "left_out_media": """
        SELECT 'left_out_media' AS name, channel_id AS key, count(*) AS value FROM left_out_media GROUP BY 2
        UNION ALL SELECT 'left_out_media.bytes', channel_id, sum(bytes) FROM left_out_media GROUP BY 2""",
    WORK: """
        SELECT 'work.' || step || '.' || state AS name, 0 AS key, count(*) AS value FROM work
        WHERE state IN ('done', 'skipped', 'unknown', 'dead') GROUP BY step, state""",
}
# One statement, so one moment: a fold moves changes from one table to the other.
READ = text("""
    SELECT name, key, sum(value)::bigint FROM (
        SELECT name, key, value FROM counters WHERE name = ANY(:names)
        UNION ALL SELECT name, key, change FROM counter_deltas WHERE name = ANY(:names)
    ) AS parts GROUP BY name, key HAVING sum(value) <> 0
""")
# Skips changes that another fold holds. Both write rows of counters in the order of their keys, so none waits for the
# other in a circle. The array keeps the plan: down the primary key, whatever PostgreSQL knows of the table.
FOLD = text("""
    WITH gone AS (
        DELETE FROM counter_deltas WHERE id = ANY(ARRAY(
            SELECT id FROM counter_deltas ORDER BY id LIMIT :bound FOR UPDATE SKIP LOCKED))
        RETURNING name, key, change
    ), folded AS (
        INSERT INTO counters (name, key, value)
        SELECT name, key, sum(change) FROM gone GROUP BY name, key ORDER BY name, key
        ON CONFLICT (name, key) DO UPDATE SET value = counters.value + excluded.value
    )
    SELECT count(*) FROM gone
""")
# Appends the difference between a table and its counts, both of one moment: rows that are written meanwhile are in
# neither. Nothing is locked.
SET_RIGHT = """
    WITH wrong AS (
        INSERT INTO counter_deltas (name, key, change)
        SELECT name, key, sum(value) FROM (
            {whole}
            UNION ALL SELECT name, key, -value FROM counters WHERE {ours}
            UNION ALL SELECT name, key, -change FROM counter_deltas WHERE {ours}
        ) AS parts GROUP BY name, key HAVING sum(value) <> 0 ORDER BY name, key
        RETURNING id
    )
    SELECT count(*) FROM wrong
"""
OURS = "split_part(name, '.', 1) = '{table}' AND name <> '{table}.uncounted'"
UNCOUNTED = "SELECT split_part(name, '.', 1) FROM counters WHERE name = ANY(:marks) ORDER BY 1"

Counts = dict[tuple[str, int], int]  # (name, key) -> count


def by_key(session: Session, *names: str) -> dict[str, dict[int, int]]:
    """name -> key -> count. A count of 0 is left out."""
    found: dict[str, dict[int, int]] = {name: {} for name in names}
    for (name, key), count in read(session, names).items():
        found[name][key] = count
    return found


def ended_work(session: Session, steps: Iterable[Step] = Step) -> dict[Step, dict[State, int]]:
    """step -> final state -> rows of work. A count of 0 is left out."""
    names = {f"{WORK}.{step}.{state}": (step, state) for step in steps for state in FINAL}
    found: dict[Step, dict[State, int]] = defaultdict(dict)
    for (name, _), count in read(session, names).items():
        step, state = names[name]
        found[step][state] = count
    return found


def read(session: Session, names: Iterable[str]) -> Counts:
    """The counts of these names at one moment.

    Counts the rows themselves while the table is marked as uncounted: slower, and never wrong.
    """
    wanted = set(names)
    marks = {_mark(table): table for table in {name.split(".")[0] for name in wanted}}
    rows = session.execute(READ, {"names": [*wanted, *marks]}).all()
    found: Counts = {(name, key): value for name, key, value in rows if name in wanted}
    for mark in marks.keys() & {name for name, _, _ in rows}:
        found = {at: value for at, value in found.items() if at[0].split(".")[0] != marks[mark]}
        found |= _counted(session, marks[mark], wanted)
    return found


def _counted(session: Session, table: str, wanted: set[str]) -> Counts:
    rows = session.execute(text(WHOLE[table]))
    return {(name, key): int(value) for name, key, value in rows if name in wanted and value}


def _mark(table: str) -> str:
    return f"{table}.uncounted"


def fold() -> int:
    """Folds the oldest changes, within bounds; returns how many. Safe beside another fold, and when killed."""
    total = 0
    for _ in range(PORTIONS):
        with transaction() as session:
            count: int = session.execute(FOLD, {"bound": BOUND}).scalar_one()
        total += count
        if count < BOUND:
            break
    return total


def count_uncounted() -> list[str]:
    """Counts the tables that a migration has marked, each in a transaction of its own; returns their names.

    A table that was counted stays so: a killed pass goes on with the next.
    """
    with transaction() as session:
        tables = list(session.scalars(text(UNCOUNTED), {"marks": [_mark(table) for table in WHOLE]}))
    for table in tables:
        set_right(table)
    return tables


def set_right(table: str) -> int:
    """Appends the difference between the rows of a table and its counts; returns the number of wrong counts."""
    ours = OURS.format(table=table)
    with transaction() as session:
        # One at a time, and before the moment at which it counts: two would append the same difference twice.
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AdvisoryLock.COUNTERS.value})
        wrong: int = session.execute(text(SET_RIGHT.format(whole=WHOLE[table], ours=ours))).scalar_one()
        session.execute(text("DELETE FROM counters WHERE name = :mark"), {"mark": _mark(table)})
    return wrong

"""Compares the database's schema with the models: tables, columns, indexes, constraints; each fault has a remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import CheckConstraint, Column, Connection, Index, PrimaryKeyConstraint, Table, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import AddConstraint, CreateColumn, CreateIndex

from app.doctor.check import CheckFailed
from app.migrations.counter_triggers import TABLES, triggers
from app.migrations.drift import EMBEDDINGS, include_object
from app.models import Base

BACKUP = "restore it from a backup (docs/migrations.md)"
REMAINS = ("_ccnew", "_ccold")  # suffixes that a failed REINDEX CONCURRENTLY leaves behind
INVALID = """
    SELECT i.indexrelid::regclass::text FROM pg_index i WHERE NOT (i.indisvalid AND i.indisready)
    AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid) ORDER BY 1"""
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, convalidated FROM pg_constraint
    WHERE contype IN ('c', 'p', 'f', 'u') AND connamespace = current_schema()::regnamespace"""
TRIGGERS = """
    SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND t.tgenabled <> 'D' AND NOT t.tgisinternal"""
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


def missing(connection: Connection) -> list[CheckFailed]:
    """Parts of the models that this database lacks or has in another form, each with its remedy.

    Ignores tables of other programs in the same database.
    """
    context = MigrationContext.configure(
        connection, opts={"include_object": include_object(connection), "compare_server_default": True}
    )
    found = _flat(compare_metadata(context, Base.metadata))
    gone = {one[1].name for one in found if one[0] == "add_table"}
    ills = [ill for one in found if (ill := _ill(one, gone)) is not None]
    return [*ills, *_constraints(connection, gone), *_triggers(connection, gone)]


def invalid(connection: Connection) -> list[CheckFailed]:
    """INVALID indexes, which no query uses and every write pays for, except those that are being built right now."""
    return [_invalid(str(name)) for name in connection.scalars(text(INVALID))]


def _invalid(name: str) -> CheckFailed:
    if name.endswith(REMAINS):
        return CheckFailed(
            f"index {name} is INVALID, what is left of a REINDEX that failed", f"DROP INDEX CONCURRENTLY {name};"
        )
    return CheckFailed(f"index {name} is INVALID", f"REINDEX INDEX CONCURRENTLY {name}; (docs/migrations.md)")


def _flat(found: Iterable[Any]) -> list[tuple[Any, ...]]:
    """Flattens Alembic's result, which has a list of its own for the differences of one column."""
    return [one for item in found for one in (item if isinstance(item, list) else [item])]


def _ill(difference: Sequence[Any], gone: set[str]) -> CheckFailed | None:
    """One difference in words; None for parts beyond the models, or of a table that is missing as a whole."""
    kind, what = difference[0], difference[1]
    if kind == "add_table":
        return CheckFailed(f"table {what.name} is missing", BACKUP)
    if kind == "add_column":
        column: Column[Any] = difference[3]
        add = f"ALTER TABLE {difference[2]} ADD COLUMN {_sql(CreateColumn(column))};"
        return CheckFailed(
            f"column {difference[2]}.{column.name} is missing", f"{BACKUP}; or without what it held: {add}"
        )
    if kind == "add_index" and _table(what) not in gone:
        return CheckFailed(f"index {what.name} of {_table(what)} is missing", f"{_concurrently(what)};")
    if kind in ("add_constraint", "add_fk") and _table(what) not in gone:
        return CheckFailed(f"constraint {what.name} of {_table(what)} is missing", f"{_sql(_add(what))};")
    return _changed(difference) if kind.startswith("modify_") else None


def _changed(difference: Sequence[Any]) -> CheckFailed:
    """Says in words: (modify_..., schema, table, column, its other properties, value in database, value in models)."""
    kind, _, table, column, _, now, wanted = difference
    part = kind.removeprefix("modify_")
    what = f"{part} of column {table}.{column} is {_words(now)}, not {_words(wanted)}"
    return CheckFailed(what, _alter(part, table, column, wanted))


def _alter(what: str, table: str, column: str, wanted: Any) -> str:
    begin = f"ALTER TABLE {table} ALTER COLUMN {column}"
    if what == "nullable":
        return f"{begin} {'DROP' if wanted else 'SET'} NOT NULL;"
    if what == "type":
        return f"{begin} TYPE {wanted.compile(dialect=_DIALECT)};"
    if what == "default":
        return f"{begin} DROP DEFAULT;" if wanted is None else f"{begin} SET DEFAULT {_words(wanted)};"
    return "see docs/migrations.md"


def _words(value: Any) -> str:
    """A type, default or boolean in SQL."""
    inner = getattr(value, "arg", value)
    return str(inner.compile(dialect=_DIALECT)) if hasattr(inner, "compile") else str(inner)


def _constraints(connection: Connection, gone: set[str]) -> Iterator[CheckFailed]:
    """Missing checks and primary keys, which Alembic does not compare, and constraints that were never validated."""
    there = {(table, name): bool(valid) for table, name, valid in connection.execute(text(CONSTRAINTS))}
    for table in Base.metadata.sorted_tables:
        if table.name in gone or (table.name == EMBEDDINGS and not any(name == EMBEDDINGS for name, _ in there)):
            continue
        for constraint in table.constraints:
            name = _DIALECT.identifier_preparer.format_constraint(constraint)
            if isinstance(constraint, CheckConstraint | PrimaryKeyConstraint) and (table.name, name) not in there:
                yield CheckFailed(f"constraint {name} of {table.name} is missing", f"{_sql(_add(constraint))};")
            elif not there.get((table.name, name), True):
                remedy = f"ALTER TABLE {table.name} VALIDATE CONSTRAINT {name};"
                yield CheckFailed(f"constraint {name} of {table.name} is NOT VALID", remedy)


def _triggers(connection: Connection, gone: set[str]) -> Iterator[CheckFailed]:
    """Triggers of counts that are missing or switched off: the counts are wrong from then on."""
    there = set(connection.scalars(text(TRIGGERS)))
    for table in TABLES:
        for name, create in triggers(table).items():
            if name not in there and table not in gone:
                # The mark has the next sweep count the table again.
                mark = f"INSERT INTO counters VALUES ('{table}.uncounted', 0, 1) ON CONFLICT DO NOTHING"
                remedy = f"DROP TRIGGER IF EXISTS {name} ON {table}; {create}; {mark};"
                yield CheckFailed(f"trigger {name} of {table} is missing or switched off", remedy)


def _add(constraint: Any) -> AddConstraint:
    """Not isolated: by default SQLAlchemy would from then on leave the constraint out when it creates the models."""
    return AddConstraint(constraint, isolate_from_table=False)


def _table(what: Any) -> str:
    table: Table = what.table
    return str(table.name)


def _concurrently(index: Index) -> str:
    """The index's CREATE statement for use beside live traffic."""
    return _sql(CreateIndex(index)).replace("INDEX", "INDEX CONCURRENTLY", 1)


def _sql(statement: Any) -> str:
    return " ".join(str(statement.compile(dialect=_DIALECT)).split())

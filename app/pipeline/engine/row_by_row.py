"""Queries that PostgreSQL has to answer row by row, whatever it knows of its tables.

A table that is fresh or grows fast has no statistics, or old ones. The planner then takes every column for one of 200
values, and may join whole tables to find the few rows that a step asks for: the work of each batch grows with the
archive. An OFFSET keeps the planner from pulling a subquery up into the query around it, so it runs once for each row
there, by an index (https://www.postgresql.org/docs/current/queries-with.html says the same of MATERIALIZED).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    TableValuedAlias,
    Text,
    any_,
    bindparam,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.selectable import LateralFromClause

from app.domain.flow import Key
from app.domain.kinds import Step
from app.models import Work
from app.models.bulk import table_given, table_of

T = TypeVar("T", bound=Select[Any])


def each_of(ids: Collection[int]) -> TableValuedAlias:
    """These ids as a table, with a row and `c.id` for each: a query over it has one plan for any number of them."""
    return table_of({"id": (BigInteger(), sorted(ids))}, "wanted")


def each_given() -> TableValuedAlias:
    """The ids that a statement gets with `ids_given`, as of `each_of`: for a statement that is built once."""
    return table_given({"id": BigInteger()}, "wanted")


def ids_given(ids: Collection[int]) -> dict[str, object]:
    """The parameter of `each_given`."""
    return {"wanted_id": sorted(ids)}


def fenced(query: T) -> T:
    """The query, which PostgreSQL does not merge into the one around it."""
    return query.offset(literal_column("0"))


def for_each(query: Select[*tuple[Any, ...]]) -> LateralFromClause:
    """The query once for each row of the FROM elements that it names; join it with true()."""
    return fenced(query).lateral()


def each_key(keys: Collection[Key]) -> TableValuedAlias:
    """These keys as a table, with `c.subject_id` and `c.revision`."""
    subjects, revisions = _columns(keys)
    return table_of({"subject_id": (BigInteger(), subjects), "revision": (BigInteger(), revisions)}, "wanted")


def among(column: ColumnElement[int] | InstrumentedAttribute[int], ids: Select[int]) -> ColumnElement[bool]:
    """Whether the column is one of these ids, which PostgreSQL finds first, and then goes down the column's index."""
    return column == any_(func.array(ids.scalar_subquery()))


def named(step: Step, keys: Collection[Key]) -> ColumnElement[bool]:
    """Selects the work rows of a step with these keys, each by the unique index."""
    return _named(literal(step.value, Text), each_key(keys))


def named_given() -> ColumnElement[bool]:
    """Selects the work rows that a statement gets with `keys_given`, as of `named`: for a statement that is built
    once."""
    columns = {"subject_id": BigInteger(), "revision": BigInteger()}
    return _named(bindparam("wanted_step", type_=Text), table_given(columns, "wanted"))


def keys_given(step: Step, keys: Collection[Key]) -> dict[str, object]:
    """The parameters of `named_given`."""
    subjects, revisions = _columns(keys)
    return {"wanted_step": step.value, "wanted_subject_id": subjects, "wanted_revision": revisions}


def _named(step: ColumnElement[str], wanted: TableValuedAlias) -> ColumnElement[bool]:
    same = (Work.subject_id == wanted.c.subject_id) & (Work.revision == wanted.c.revision)
    row = for_each(select(Work.id).where(Work.step == step, same))
    return among(Work.id, select(row.c.id).select_from(wanted).join(row, true()))


def _columns(keys: Collection[Key]) -> tuple[list[int], list[int]]:
    ordered = sorted(keys)
    return [subject for subject, _ in ordered], [revision for _, revision in ordered]

"""Queries that PostgreSQL has to answer row by row, whatever it knows of its tables.

A table that is fresh or grows fast has no statistics, or old ones. The planner then takes every column for one of 200
values, and may join whole tables to find the few rows that a step asks for: the work of each batch grows with the
archive. An OFFSET keeps the planner from pulling a subquery up into the query around it, so it runs once for each row
there, by an index (https://www.postgresql.org/docs/current/queries-with.html says the same of MATERIALIZED).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import ARRAY, BigInteger, Select, TableValuedAlias, column, func, literal, literal_column
from sqlalchemy.sql.selectable import LateralFromClause

T = TypeVar("T", bound=Select[Any])


def each_of(ids: Collection[int]) -> TableValuedAlias:
    """These ids as a table, with a row and `c.id` for each: a query over it has one plan for any number of them."""
    values = func.unnest(literal(sorted(ids), ARRAY(BigInteger)))
    return values.table_valued(column("id", BigInteger), name="wanted").render_derived()


def fenced(query: T) -> T:
    """The query, which PostgreSQL does not merge into the one around it."""
    return query.offset(literal_column("0"))


def for_each(query: Select[*tuple[Any, ...]]) -> LateralFromClause:
    """The query once for each row of the FROM elements that it names; join it with true()."""
    return fenced(query).lateral()

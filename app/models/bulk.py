"""Many rows in one statement, with one array parameter for each column.

The text of such a statement does not depend on the number of rows. SQLAlchemy compiles it once (a VALUES list of 100
rows of work takes it 40 ms, each time), PostgreSQL parses it once, and unnest of arrays is the fastest way in next to
COPY.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import ARRAY, ColumnElement, Table, TableValuedAlias, bindparam, column, func, literal, select
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.types import TypeEngine

from app.models.base import Base

Columns = Mapping[str, tuple[TypeEngine[Any], Sequence[Any]]]  # name -> type, and one value for each row


def table_of(columns: Columns, name: str = "given") -> TableValuedAlias:
    """The rows as a table of a query, in their order. No type may be an array: PostgreSQL unnests all dimensions.

    One dimension each, since a JSON value may be a list.
    """
    arrays = [literal(list(values), _array(kind)) for kind, values in columns.values()]
    return _unnested(arrays, {key: kind for key, (kind, _) in columns.items()}, name)


def table_given(columns: Mapping[str, TypeEngine[Any]], name: str = "given") -> TableValuedAlias:
    """Rows as of `table_of` that the statement gets when it is executed: a list for each column, in the parameter
    `given_id` for the column `id`.

    Such a statement is built once for a process. Building it takes SQLAlchemy as long as executing it, or longer.
    """
    arrays = [bindparam(f"{name}_{key}", type_=_array(kind)) for key, kind in columns.items()]
    return _unnested(arrays, columns, name)


def _array(kind: TypeEngine[Any]) -> ARRAY[Any]:
    return ARRAY(kind, dimensions=1)


def _unnested(
    arrays: Sequence[ColumnElement[Any]], columns: Mapping[str, TypeEngine[Any]], name: str
) -> TableValuedAlias:
    names = [column(key, kind) for key, kind in columns.items()]
    return func.unnest(*arrays).table_valued(*names, name=name).render_derived()


def insert_all(table: type[Base], rows: Sequence[Mapping[str, Any]]) -> Insert:
    """The INSERT of these rows, which have equal keys: the columns' names. IndexError without a row."""
    target = cast(Table, table.__table__)
    columns = [target.c[name] for name in rows[0]]
    given = table_of({one.name: (one.type, [row[one.name] for row in rows]) for one in columns})
    return insert(target).from_select([one.name for one in columns], select(*given.c))

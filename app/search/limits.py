"""Limits of a search: the time of a statement, how many hits are ranked, and plans that do not hang on statistics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.errors import UserError

SECONDS = 5.0  # of one statement: a person waits no longer, and a regular expression can take for ever
FEW = 5_000  # hits that are sorted in memory; a query with more walks the index by date
RANKED_IN_FULL = 20_000  # hits that are all ranked; of more, the newest FEW are
LOOKED_AT = 20_000  # media that a page of the gallery looks at; in a run of more copies it ends early
COPIES = 1_000  # of a cluster that are counted; "1,000+" stands for more

_TOO_LONG, _WRONG_PATTERN = "57014", "2201B"


@contextmanager
def limited(session: Session, seconds: float | None = None) -> Iterator[None]:
    """Limits each statement of the transaction from here on. UserError where one runs out of time or has a pattern that
    PostgreSQL cannot read.

    seconds: of a step, for which no user waits; None: SECONDS, for a request.
    Plans are made for the given values: one for any value would not see that a part of the query excludes nothing.
    """
    most = SECONDS if seconds is None else seconds
    session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    session.execute(text(f"SET LOCAL statement_timeout = {int(most * 1000)}"))
    try:
        yield
    except DBAPIError as error:
        code = getattr(error.orig, "sqlstate", None)
        if code == _TOO_LONG:
            raise UserError(f"the search took longer than {most:.0f} s: add a word or a filter to it") from error
        if code == _WRONG_PATTERN:
            raise UserError(
                f"the regular expression is none: {_reason(error)}. A backslash makes a sign plain; quotes instead of "
                "the slashes search for the text itself"
            ) from error
        raise
    session.execute(text("SET LOCAL statement_timeout = 0"))


def is_late(error: UserError) -> bool:
    """Whether `limited` raised it for a statement that ran out of time."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and getattr(cause.orig, "sqlstate", None) == _TOO_LONG


def _reason(error: DBAPIError) -> str:
    return str(error.orig).splitlines()[0].removeprefix("invalid regular expression: ")


@contextmanager
def walking(session: Session) -> Iterator[None]:
    """Within it, lists are read in the order of their index, whatever the planner believes of the rows."""
    with _settings(session, dict.fromkeys(("enable_bitmapscan", "enable_seqscan", "enable_sort"), "off")):
        yield


@contextmanager
def intersecting(session: Session) -> Iterator[None]:
    """Within it, all indexes that fit are asked before a row is read, whatever the planner believes of the rows.

    A row is made so dear that fewer rows are always worth another index.
    """
    with _settings(session, {"enable_indexscan": "off", "enable_seqscan": "off", "cpu_tuple_cost": "1000"}):
        yield


@contextmanager
def _settings(session: Session, settings: Mapping[str, str]) -> Iterator[None]:
    for name, value in settings.items():
        session.execute(text(f"SET LOCAL {name} = {value}"))
    yield
    for name in settings:
        session.execute(text(f"SET LOCAL {name} TO DEFAULT"))

"""Engine and transactions. Connections are short: none is held across network, decoding or model work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache

import structlog
from sqlalchemy import Connection, CursorResult, Engine, NullPool, UpdateBase, create_engine, event, func, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app import guards
from app.settings import get_settings

log = structlog.get_logger()

AFTER = "after_commit"  # in a session's info: what after_commit has been given

Away = OperationalError  # what a database says, or its client, that is down or restarts


@lru_cache
def engine() -> Engine:
    """This process's engine; after a fork forget_connections comes first (worker hooks see to it)."""
    made = create_engine(
        get_settings().database(),
        pool_size=5,
        max_overflow=20,  # the telegram worker has up to 24 threads, each with at most one short transaction
        pool_pre_ping=True,  # PostgreSQL may have been restarted since the last use
        connect_args={"application_name": "media-audit", "connect_timeout": 10},
    )
    event.listen(made, "checkout", guards.refuse_database)  # whoever goes past `transaction`
    return made


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: commits at the end of the block, rolls back on an error. RuleBroken while a step performs."""
    with guards.in_transaction(), Session(engine(), expire_on_commit=False) as session, session.begin():
        yield session
    _committed(session)


def now(database: Session | Connection) -> datetime:
    """The time by the database's clock, in the database's time zone; it goes on within a transaction, unlike now()."""
    moment: datetime = database.execute(select(func.clock_timestamp())).scalar_one()
    return moment


def changed_rows(session: Session, statement: UpdateBase) -> int:
    """Executes an INSERT, UPDATE or DELETE; returns how many rows it matched."""
    result = session.execute(statement)
    return result.rowcount if isinstance(result, CursorResult) else 0


def after_commit(session: Session, action: Callable[[], object]) -> None:
    """Does this once the transaction is committed and over; never, when it is rolled back or nobody confirms it.

    For what rows do not hold, such as counts: it cannot fail the work, and is not done again when that is.
    """
    session.info.setdefault(AFTER, []).append(action)


def _committed(session: Session) -> None:
    for action in session.info.pop(AFTER, ()):
        try:
            action()
        except Exception:
            log.exception("not done after a commit")


@contextmanager
def snapshot() -> Iterator[Session]:
    """One transaction in which all queries see the same moment, and which PostgreSQL lets write nothing."""
    connection = engine().connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with connection, guards.in_transaction(), Session(connection, expire_on_commit=False) as session, session.begin():
        yield session


def forget_connections() -> None:
    """After a fork: drops the inherited engine without closing the parent's connections."""
    if engine.cache_info().currsize:
        engine().dispose(close=False)
        engine.cache_clear()


@contextmanager
def brief_transaction() -> Iterator[Session]:
    """One transaction on a connection that is closed afterwards: for parents that fork and so must keep none open."""
    own = create_engine(get_settings().database(), poolclass=NullPool, connect_args={"connect_timeout": 5})
    with guards.in_transaction(), Session(own) as session, session.begin():
        yield session
    _committed(session)


def first_line(error: OperationalError) -> str:
    """What the database's client says, which names host, port and user, never the password."""
    return str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__

"""Database engine and transactions. Connections are short: none is held across network, decoding or model work."""

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

AFTER = "after_commit"  # key of the actions of after_commit in a session's info

Away = OperationalError  # error of a database that is down or restarts


@lru_cache
def engine() -> Engine:
    """The engine of this process. A forked child calls forget_connections first (worker hooks do)."""
    made = create_engine(
        get_settings().database(),
        pool_size=5,
        max_overflow=20,  # the telegram worker has up to 24 threads, each with at most one short transaction
        pool_pre_ping=True,  # PostgreSQL may have been restarted since the last use
        connect_args={"application_name": "media-audit", "connect_timeout": 10},
        hide_parameters=True,  # they are the contents of messages and addresses with access hashes
    )
    event.listen(made, "checkout", guards.refuse_database)  # catches code that bypasses `transaction`
    return made


@contextmanager
def transaction() -> Iterator[Session]:
    """Opens a transaction: commits at the end of the block, rolls back after an error. RuleBroken during perform."""
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
    """Calls `action` after the transaction is committed and closed; never after a rollback or an unconfirmed commit.

    For effects outside the database, such as metrics: the action cannot fail the work, and no retry repeats it.
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
    """Opens a read-only transaction in which all queries see the same moment."""
    connection = engine().connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with connection, guards.in_transaction(), Session(connection, expire_on_commit=False) as session, session.begin():
        yield session


def forget_connections() -> None:
    """Drops, after a fork, the inherited engine without closing the parent's connections."""
    if engine.cache_info().currsize:
        engine().dispose(close=False)
        engine.cache_clear()


@contextmanager
def brief_transaction() -> Iterator[Session]:
    """Opens a transaction on a connection of its own and closes it: for processes that fork and may keep none open."""
    own = create_engine(
        get_settings().database(), poolclass=NullPool, connect_args={"connect_timeout": 5}, hide_parameters=True
    )
    with guards.in_transaction(), Session(own) as session, session.begin():
        yield session
    _committed(session)


def first_line(error: OperationalError) -> str:
    """The first line of the client's message, which names host, port and user, never the password."""
    return str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__

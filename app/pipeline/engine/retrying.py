"""Retries a transaction for a minute while the database cannot take it (restart, deadlock)."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db import transaction

log = structlog.get_logger()

PAUSES = (0.2, 1.0, 2.0, *[4.0] * 14)  # seconds, a minute in all: a restart of PostgreSQL with some crash recovery

T = TypeVar("T")


def _keep(_: Session, __: object) -> None:
    """Takes nothing back: the next try sees in the rows that the first one was committed."""


def retry_transaction(body: Callable[[Session], T], undo: Callable[[Session, T], object] = _keep) -> T:
    """Runs body in a transaction until a commit succeeds; returns its result. Raises OperationalError after the last
    try.

    A performed result is worth the wait, and a dropped message would cost its work a minute until the sweeper misses
    it.
    undo: takes back an earlier result in the transaction of the next try. Its commit may have succeeded although the
    confirmation was lost with the connection.
    """
    unconfirmed: list[T] = []

    def attempt() -> T:
        with transaction() as session:
            for earlier in unconfirmed:
                undo(session, earlier)
            unconfirmed.append(body(session))
        return unconfirmed[-1]

    for pause in PAUSES:
        try:
            return attempt()
        except OperationalError as error:
            log.warning("database away, tried again", error=type(error.orig).__name__, pause=pause)
            time.sleep(pause)
    return attempt()

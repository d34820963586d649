"""Guards for the rules of the runner: no database during perform, no message before commit, no work beyond its lease.

Each guard only reads a variable, so all are always on. A step that breaks a rule fails at once; its row says why.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog

log = structlog.get_logger()

BROKEN = "a rule of the runner is broken"


class RuleBroken(Exception):
    """A step broke a rule of the runner, by a bug. Not a RuntimeError: `publish` takes those for a missing broker."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        log.error(BROKEN, what=what)  # the runner counts a failed attempt, and a retry may hide the bug


# The step that performs. Coroutines that perform sends to an event loop inherit a context variable. Threads that it
# starts do not: only tests/contract/test_steps.py catches those.
_performing: ContextVar[str | None] = ContextVar("performing", default=None)
_until: ContextVar[float | None] = ContextVar("until", default=None)  # monotonic time
_transactions = threading.local()  # a session belongs to one thread


@contextmanager
def performing(step: str, until: float) -> Iterator[None]:
    """Marks the block as external work of this step: it may not open a session, and none may be open around it.

    until: monotonic time at which adapters give up calls without a deadline of their own, so that the lease outlives
    them.
    """
    if _open():
        raise RuleBroken(f"{step} would perform inside of an open transaction")
    tokens = _performing.set(step), _until.set(until)
    try:
        yield
    finally:
        _performing.reset(tokens[0])
        _until.reset(tokens[1])


def seconds_left() -> float | None:
    """Seconds until the step that performs here has to end, at least 0; None outside of any."""
    until = _until.get()
    return None if until is None else max(0.0, until - time.monotonic())


@contextmanager
def in_transaction() -> Iterator[None]:
    """Marks the block as a transaction: it may not publish a message."""
    refuse_database()
    _transactions.open = _open() + 1
    try:
        yield
    finally:
        _transactions.open -= 1


def refuse_database(*_: object) -> None:
    """Raises RuleBroken while a step performs: its connection would be held across network, decoding or model work."""
    if (step := _performing.get()) is not None:
        raise RuleBroken(f"{step} opens the database while it performs: read it in load, write it in finish")


def refuse_messages() -> None:
    """Raises RuleBroken inside a transaction of this thread: it may roll back, and other workers see no row of it."""
    if _open():
        raise RuleBroken("a message would be published before its transaction is committed")


def _open() -> int:
    return getattr(_transactions, "open", 0)

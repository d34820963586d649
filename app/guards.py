"""The runner's rules, where they could be broken: no database while a step performs, no message before commit, no
outside work beyond its lease.

A check is a look at a variable, so all are always on: a step that breaks one fails at once, and its row says why.
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
    """A bug of ours. No RuntimeError: `publish` takes those for a broker that is away."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        log.error(BROKEN, what=what)  # the runner makes a failed attempt of it, which might end well


# The step at work. A context variable, for coroutines that perform sends to an event loop take it along; a thread that
# it starts does not, and is caught by nothing but tests/contract/test_steps.py.
_performing: ContextVar[str | None] = ContextVar("performing", default=None)
_until: ContextVar[float | None] = ContextVar("until", default=None)  # monotonic time
_transactions = threading.local()  # a session belongs to one thread


@contextmanager
def performing(step: str, until: float) -> Iterator[None]:
    """The block is outside work of this step: it may open no session, and none may be open around it.

    until: monotonic time at which adapters give up what has no deadline of its own, so that the lease outlives it.
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
    """Until the step at work here has to end, at least 0; None outside of any."""
    until = _until.get()
    return None if until is None else max(0.0, until - time.monotonic())


@contextmanager
def in_transaction() -> Iterator[None]:
    """The block is a transaction: nothing may be published in it."""
    refuse_database()
    _transactions.open = _open() + 1
    try:
        yield
    finally:
        _transactions.open -= 1


def refuse_database(*_: object) -> None:
    """RuleBroken while a step performs: a connection would be held across network, decoding or model work."""
    if (step := _performing.get()) is not None:
        raise RuleBroken(f"{step} opens the database while it performs: read it in load, write it in finish")


def refuse_messages() -> None:
    """RuleBroken inside of a transaction of this thread: it may still fail, and its rows are not there for others."""
    if _open():
        raise RuleBroken("a message would be published before its transaction is committed")


def _open() -> int:
    return getattr(_transactions, "open", 0)

"""The runner's two rules, where they could be broken: no database while a step performs, no message before commit.

A check is a look at a variable, so both are always on: a step that breaks one fails at once, and its row says why.
"""

from __future__ import annotations

import threading
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
_transactions = threading.local()  # a session belongs to one thread


@contextmanager
def performing(step: str) -> Iterator[None]:
    """The block is outside work of this step: it may open no session, and none may be open around it."""
    if _open():
        raise RuleBroken(f"{step} would perform inside of an open transaction")
    token = _performing.set(step)
    try:
        yield
    finally:
        _performing.reset(token)


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

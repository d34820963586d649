"""Statements that are built once in each thread: to build one takes longer than to run it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
S = TypeVar("S")


class _Kept(threading.local):
    """The statements of one function in one thread, by its arguments."""

    def __init__(self) -> None:
        self.statements: dict[tuple[Any, ...], Any] = {}


def built_once(build: Callable[P, S]) -> Callable[P, S]:
    """Keeps the statement that `build` makes of its positional arguments, for each thread.

    Not for the process: SQLAlchemy writes into a statement while it compiles it. Two threads that compile one at the
    same moment can break it (KeyError, "returned no FROM clauses"). Downloads of a run then failed for 90 seconds.
    """
    kept = _Kept()

    @wraps(build)
    def built(*args: P.args, **kwargs: P.kwargs) -> S:
        if kwargs:
            raise TypeError("a statement that is built once takes positional arguments alone")
        if args not in kept.statements:
            kept.statements[args] = build(*args, **kwargs)
        statement: S = kept.statements[args]
        return statement

    return built

"""One of a kind a process: what many threads ask for and only one may make."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from typing import Generic, TypeVar

T = TypeVar("T")


class process_singleton(Generic[T]):  # noqa: N801 - read as a decorator
    """Calls the function once, also when threads ask at the same moment: lru_cache would let each of them make one,
    and of two Telegram connections in one process only one gets the account."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = RLock()  # one adapter may ask for another while it is made
        self._made: list[T] = []
        update_wrapper(self, make)

    def __call__(self) -> T:
        """The one; a failure to make it is raised and forgotten."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    @property
    def exists(self) -> bool:
        """Whether it was made."""
        return bool(self._made)

    def forget(self) -> None:
        """The next call makes another one."""
        with self._lock:
            self._made.clear()

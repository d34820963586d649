"""A decorator that makes one object of a kind in each process, also when many threads ask for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from threading import RLock
from typing import Generic, TypeVar

T = TypeVar("T")


class process_singleton(Generic[T]):  # noqa: N801 - read as a decorator
    """Calls the function once, also when threads ask at the same moment.

    lru_cache would let each of those threads make an object, and of two Telegram connections in one process only one
    gets the account.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = RLock()  # making one adapter may ask for another in the same thread
        self._made: list[T] = []
        update_wrapper(self, make)

    def __call__(self) -> T:
        """The object, made at the first call. An error of the function is raised and not kept."""
        with self._lock:
            if not self._made:
                self._made.append(self._make())
            return self._made[0]

    @property
    def exists(self) -> bool:
        """Whether the object was made."""
        return bool(self._made)

    def forget(self) -> None:
        """Drops the object: the next call makes another one."""
        with self._lock:
            self._made.clear()

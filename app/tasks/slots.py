"""Threads of the telegram process: polls have their own, so that downloads cannot starve them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from app.settings import get_settings
from app.single import single

FOR_POLLS = 4  # threads that downloads never take


@single
def _slots() -> BoundedSemaphore:
    return BoundedSemaphore(max(1, get_settings().workers_telegram - FOR_POLLS))


@contextmanager
def download_slot() -> Iterator[bool]:
    """Yields whether a slot was free; never waits, since a waiting download would hold the thread of a poll."""
    free = _slots().acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            _slots().release()

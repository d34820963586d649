"""Reserves threads of the telegram process for polls and for live posts, so that neither starves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from app.process_singleton import process_singleton
from app.settings import get_settings

FOR_POLLS = 4  # threads that downloads never take
FOR_LIVE = 6  # slots that history never takes; it has all others, or they would idle between two sweeps


@process_singleton
def _live() -> BoundedSemaphore:
    return BoundedSemaphore(FOR_LIVE)


@process_singleton
def _bulk() -> BoundedSemaphore:
    return BoundedSemaphore(max(1, get_settings().workers_telegram - FOR_POLLS - FOR_LIVE))


@contextmanager
def download_slot(*, bulk: bool) -> Iterator[bool]:
    """Yields whether a slot was free. It never waits, since a waiting download would hold the thread of a poll."""
    slots = _bulk() if bulk else _live()
    free = slots.acquire(blocking=False)
    try:
        yield free
    finally:
        if free:
            slots.release()

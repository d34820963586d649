"""Helpers of the tasks: decode the keys of messages, and leave an outage of the database to the next beat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from app.db import Away
from app.domain.flow import Key

log = structlog.get_logger()


@contextmanager
def next_beat_does() -> Iterator[None]:
    """Wraps a task that beat repeats in seconds: while the database is away, it logs a line and no traceback."""
    try:
        yield
    except Away as error:
        log.warning("database away, left to the next beat", error=type(error.orig).__name__)


def keys_of(raw: Iterable[Sequence[int]]) -> list[Key]:
    """Turns [[subject, revision], ...] of a message into keys."""
    return [(int(subject), int(revision)) for subject, revision in raw]

"""What tasks share: keys travel as JSON lists, and beat comes again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import structlog

from app.db import Away
from app.domain.flow import Key

log = structlog.get_logger()


@contextmanager
def next_beat_does() -> Iterator[None]:
    """Around what beat asks for again in seconds: while the database is away, a line and no traceback each time."""
    try:
        yield
    except Away as error:
        log.warning("database away, left to the next beat", error=type(error.orig).__name__)


def keys_of(raw: Iterable[Sequence[int]]) -> list[Key]:
    """[[subject, revision], ...] of a message -> keys."""
    return [(int(subject), int(revision)) for subject, revision in raw]

"""A worker that is told to end (SIGTERM): what runs may finish for a while, what does not is cut off and handed back.

Celery's own part is to fetch nothing more and to wait, for as long as it takes: its soft shutdown belongs to SIGQUIT
alone. Whoever sent the signal has less patience and kills what is left, with its leases.
"""

from __future__ import annotations

import _thread
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app import wiring
from app.db import brief_transaction
from app.pipeline.engine.leases import hand_back
from app.settings import get_settings

log = structlog.get_logger()

LAST = 3.0  # seconds for what was cut off to end in good order: written down, acknowledged, disconnected

_gone = Event()


def begin(children: Callable[[], Sequence[int]]) -> None:
    """Called in the signal's handler. children: process ids of the pool, none for threads."""
    # threading.Thread takes locks that the interrupted main thread may hold.
    _thread.start_new_thread(_see_to_the_end, (children,))


def end() -> None:
    """The pool has ended: nothing of this process may stay leased."""
    _gone.set()
    try:
        with brief_transaction() as session:
            if count := hand_back(session):
                log.info("handed back", rows=count)
    except SQLAlchemyError as error:
        log.warning("leases not handed back, they will run out", error=type(error).__name__)


def _see_to_the_end(children: Callable[[], Sequence[int]]) -> None:
    seconds = get_settings().stop_seconds
    if _gone.wait(seconds):
        return
    log.warning("told to end: what still runs is cut off and handed back", after=seconds)
    wiring.interrupt()
    for child in children():
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    if not _gone.wait(LAST):
        # A thread that waits for a database which is away: what it holds cannot be written down now.
        end()
        os._exit(os.EX_TEMPFAIL)

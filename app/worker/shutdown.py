"""Shutdown of a worker (SIGTERM): steps get STOP_SECONDS to finish; later ones are interrupted, their leases returned.

Celery itself fetches no more messages and waits without limit: its soft shutdown belongs to SIGQUIT alone. The sender
of the signal is less patient and kills the process, whose rows would then stay leased until their leases expire.
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

LAST = 3.0  # seconds for interrupted steps to end in good order: write their row, acknowledge, disconnect

_gone = Event()


def begin(children: Callable[[], Sequence[int]]) -> None:
    """Starts the countdown, from the signal handler. children: process ids of the pool, none for threads."""
    # Not threading.Thread: it takes locks that the interrupted main thread may hold.
    _thread.start_new_thread(_see_to_the_end, (children,))


def end() -> None:
    """Returns the leases that this process still holds, once its pool has ended."""
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
        # A thread waits for a database that is down: its row cannot be written now.
        end()
        os._exit(os.EX_TEMPFAIL)

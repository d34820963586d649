"""Reports that a process lives: a database row for all readers, a file for its own health check.

A process that hangs must not go unnoticed for a day.
"""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import brief_transaction
from app.health import heartbeat_file
from app.health.heartbeat_file import FINE, LivenessReport
from app.models import WorkerHeartbeat
from app.pipeline.engine import leases, reclaim
from app.settings import get_settings

log = structlog.get_logger()

EVERY = 10.0  # seconds between two writes of the row
EVERY_FILE = 4.0  # ... and of the file, which costs no connection: at every second heartbeat of Celery
LONG_GONE = timedelta(days=1)  # `status` omits processes that were silent for longer
# Beats without another writer of the row of our name, before its former writer counts as dead.
BEATS = 4


def forget_the_dead(session: Session) -> None:
    """Deletes rows of processes without a heartbeat for a day: containers have a new name at every start."""
    session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < func.now() - LONG_GONE))


class Heartbeat:
    """The heartbeat of one process. queues: the queues that it serves, or its role in words."""

    def __init__(self, worker: str, pid: int, queues: str) -> None:
        self._name = worker
        self._row = {"worker": worker, "pid": pid, "queues": queues, "leases": leases.OURS, "place": reclaim.here()}
        self._next = 0.0
        self._next_file = 0.0
        self._written = False
        self._beats = 0
        self._former: str | None = None  # prefix of the lease tokens of the row's former writer

    def serves(self, queue: str) -> bool:
        """Whether this process gets messages of this queue."""
        return queue in str(self._row["queues"]).split(",")

    def due(self) -> bool:
        """Whether the next beat writes anything: callers compute a costly report only then."""
        return time.monotonic() >= min(self._next, self._next_file)

    def beat(self, report: LivenessReport = FINE) -> None:
        """Writes the row and the file, at most every EVERY and EVERY_FILE seconds. If the database or disk is away,
        the process goes on."""
        now = time.monotonic()
        if now >= self._next_file:
            self._next_file = now + EVERY_FILE
            self._write_file(report)
        if now < self._next:
            return
        self._next = now + EVERY
        try:
            with brief_transaction() as session:
                beats, former = self._inherit(session, session.get(WorkerHeartbeat, self._name))
                self._write(session, report)
            self._written, self._beats, self._former = True, beats, former
        except SQLAlchemyError as error:
            log.warning("heartbeat not written", error=type(error).__name__)

    def end(self) -> None:
        """Notes that the process ends in good order, so that its silence is no problem."""
        heartbeat_file.retract(_home(), self._name)
        ours = WorkerHeartbeat.worker == self._name, WorkerHeartbeat.leases == leases.OURS
        try:
            with brief_transaction() as session:
                session.execute(update(WorkerHeartbeat).where(*ours).values(ended_at=func.now(), hangs=None))
        except SQLAlchemyError as error:
            log.warning("its end is not written", error=type(error).__name__)

    def _write_file(self, report: LivenessReport) -> None:
        try:
            heartbeat_file.write(_home(), self._name, report)
        except OSError as error:
            log.warning("no sign of life in the home", error=str(error))

    def _write(self, session: Session, report: LivenessReport) -> None:
        busy = None if report.busy is None else func.clock_timestamp() - timedelta(seconds=report.busy)
        fresh: dict[str, Any] = {"busy_since": busy, "hangs": report.hangs, "seen_at": func.now(), "ended_at": None}
        if not self._written:
            fresh["started_at"] = func.now()  # the row may be a predecessor's
        statement = insert(WorkerHeartbeat).values(self._row | fresh)
        changed = {name: value for name, value in (self._row | fresh).items() if name != "worker"}
        session.execute(statement.on_conflict_do_update(index_elements=["worker"], set_=changed))

    def _inherit(self, session: Session, row: WorkerHeartbeat | None) -> tuple[int, str | None]:
        """Ends the leases of a killed worker of our name: at once if its process is known to be gone, else after BEATS
        beats without another writer of the row: a living worker of the same name, on another machine or in another
        container, would write it in between. Returns the number of beats, and the token prefix of the worker whose
        leases may still have to end."""
        beats, former = self._beats, self._former
        if row is not None and row.leases not in (None, leases.OURS):
            beats, former = 0, row.leases
        if former is None or row is None:
            return 0, None
        if beats < BEATS and not (row.leases == former and reclaim.died_here(row)):
            return beats + 1, former
        if count := reclaim.end_leases(session, former):
            log.info("its predecessor was killed, its leases are over", rows=count)
        return 0, None


def _home() -> Path:
    return get_settings().home

"""A worker shows in the database that it lives: an idle or hung process must not go unnoticed for a day."""

from __future__ import annotations

import time
from datetime import timedelta

import structlog
from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import brief_transaction
from app.models import WorkerHeartbeat
from app.pipeline import handback, reclaim

log = structlog.get_logger()

EVERY = 10.0  # seconds between two writes
LONG_GONE = timedelta(days=1)  # `status` shows nobody who was silent for longer
# Beats in which nobody else writes the row of our name, before who wrote it last is taken for dead.
BEATS = 4


def forget_the_dead(session: Session) -> None:
    """Removes the rows of processes that nobody has seen for a day: containers have a new name at every start."""
    session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < func.now() - LONG_GONE))


class Presence:
    """The heartbeat row of one process."""

    def __init__(self, worker: str, pid: int, queues: str) -> None:
        self._row = {"worker": worker, "pid": pid, "queues": queues, "leases": handback.OURS, "place": reclaim.here()}
        self._next = 0.0
        self._beats = 0
        self._former: str | None = None  # how the lease tokens of whoever wrote the row before us begin

    def serves(self, queue: str) -> bool:
        """Whether messages of this queue come here."""
        return queue in str(self._row["queues"]).split(",")

    def beat(self) -> None:
        """Writes the row, at most every EVERY seconds. A database that is down stops nobody here."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + EVERY
        try:
            with brief_transaction() as session:
                beats, former = self._inherit(session, session.get(WorkerHeartbeat, self._row["worker"]))
                statement = insert(WorkerHeartbeat).values(self._row)
                fresh = {name: value for name, value in self._row.items() if name != "worker"}
                fresh["seen_at"] = func.now()
                session.execute(statement.on_conflict_do_update(index_elements=["worker"], set_=fresh))
            self._beats, self._former = beats, former
        except SQLAlchemyError as error:
            log.warning("heartbeat not written", error=type(error).__name__)

    def _inherit(self, session: Session, row: WorkerHeartbeat | None) -> tuple[int, str | None]:
        """Ends the leases of a killed worker of our name: at once where its process is known to be gone, else when its
        row has been ours alone for some beats. Whoever lives writes it in between, on another machine or in another
        container of the same name. Returns the number of beats, and whose leases may still have to be ended."""
        beats, former = self._beats, self._former
        if row is not None and row.leases not in (None, handback.OURS):
            beats, former = 0, row.leases
        if former is None or row is None:
            return 0, None
        if beats < BEATS and not (row.leases == former and reclaim.died_here(row)):
            return beats + 1, former
        if count := reclaim.end_leases(session, former):
            log.info("its predecessor was killed, its leases are over", rows=count)
        return 0, None

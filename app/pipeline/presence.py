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


def forget_the_dead(session: Session) -> None:
    """Removes the rows of processes that nobody has seen for a day: containers have a new name at every start."""
    session.execute(delete(WorkerHeartbeat).where(WorkerHeartbeat.seen_at < func.now() - LONG_GONE))


class Presence:
    """The heartbeat row of one process."""

    def __init__(self, worker: str, pid: int, queues: str) -> None:
        self._row = {"worker": worker, "pid": pid, "queues": queues, "leases": handback.OURS}
        self._next = 0.0
        self._first = True

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
                if self._first and (count := reclaim.inherit(session, str(self._row["worker"]))):
                    log.info("its predecessor was killed, its leases are over", rows=count)
                statement = insert(WorkerHeartbeat).values(self._row)
                fresh = {name: self._row[name] for name in ("pid", "queues", "leases")} | {"seen_at": func.now()}
                session.execute(statement.on_conflict_do_update(index_elements=["worker"], set_=fresh))
            self._first = False
        except SQLAlchemyError as error:
            log.warning("heartbeat not written", error=type(error).__name__)

"""What servers of models do not take, in rows: it survives restarts, and all workers share it.

A process has it in memory, because a step that asks a model opens no database: it reads the rows when it claims a call,
and writes new lessons when it ends one.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db import after_commit
from app.domain.server_lessons import KEPT, PARTS, Endpoint, Lesson, MemoryLessons, RequestPart
from app.models import ServerLesson
from app.process_singleton import process_singleton

Kept = dict[tuple[Endpoint, RequestPart], Lesson]


class StoredLessons:
    """The port ServerLessons on the table of the same name. Safe to share between threads."""

    def __init__(self) -> None:
        self._memory = MemoryLessons()
        self._lock = threading.Lock()
        self._new: Kept = {}  # not committed yet

    def known(self, endpoint: Endpoint) -> Mapping[RequestPart, Lesson]:
        """See the port, as below."""
        return self._memory.known(endpoint)

    def learn(self, endpoint: Endpoint, lesson: Lesson) -> None:
        self._memory.learn(endpoint, lesson)
        with self._lock:
            self._new[endpoint, lesson.part] = lesson

    def read(self, session: Session) -> None:
        """Takes over the rows: lessons of other processes are known from now on, removed rows are forgotten."""
        rows = stored(session)
        with self._lock:
            self._memory.replace(rows | self._new)

    def write(self, session: Session) -> None:
        """Writes the lessons that are new, and drops old rows. Call it last: it locks their rows up to the commit."""
        with self._lock:
            new = dict(self._new)
        if not new:
            return
        # In one order, so that two workers never wait for each other.
        for endpoint, lesson in sorted(((of, one) for (of, _), one in new.items()), key=lambda pair: str(pair)):
            _write(session, endpoint, lesson)
        session.execute(delete(ServerLesson).where(ServerLesson.learned_at < func.clock_timestamp() - KEPT))
        after_commit(session, lambda: self._written(new))

    def _written(self, new: Kept) -> None:
        with self._lock:
            self._new = {key: one for key, one in self._new.items() if new.get(key) != one}


@process_singleton
def server_lessons() -> StoredLessons:
    """The lessons of this process."""
    return StoredLessons()


def stored(session: Session) -> Kept:
    """The rows, also those that are no longer in force."""
    rows: Sequence[ServerLesson] = session.scalars(select(ServerLesson)).all()
    return {
        (Endpoint(row.provider, row.address, row.model), part): Lesson(
            part, row.words, row.learned_at.astimezone(UTC), row.most
        )
        for row in rows
        for part in PARTS
        if part == row.part  # a part of a later release is not known here
    }


def _write(session: Session, endpoint: Endpoint, lesson: Lesson) -> None:
    values = {"words": lesson.words, "most": lesson.most, "learned_at": func.clock_timestamp()}
    named = {"provider": endpoint.provider, "address": endpoint.address, "model": endpoint.model, "part": lesson.part}
    same = [ServerLesson.provider, ServerLesson.address, ServerLesson.model, ServerLesson.part]
    session.execute(
        insert(ServerLesson).values(**named, **values).on_conflict_do_update(index_elements=same, set_=values)
    )

"""A pool child died while it held leases: its rows are free at once, and the attempt counts."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy import select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from app.db import brief_transaction
from app.domain.kinds import State, Step, Turn
from app.errors import Transient
from app.models import Work
from app.pipeline import work
from app.pipeline.work import Claim
from app.settings import get_settings

log = structlog.get_logger()

STEPS = {"analyze_media": Step.ANALYZE}  # the step whose files can kill a process, by the name of its task


def child_lost(task: str, keys: Sequence[Sequence[int]]) -> None:
    """Fails the leased rows of a task whose process died; a file that kills every time ends as dead."""
    step = STEPS.get(task.rpartition(".")[2])
    if step is None:
        return
    try:
        with brief_transaction() as session:
            query = select(Work).where(
                Work.step == step,
                Work.state == State.LEASED,
                tuple_(Work.subject_id, Work.revision).in_([(k[0], k[1]) for k in keys]),
            )
            for row in session.scalars(query):
                assert row.lease_token is not None
                held = Claim(
                    row.id, step, row.subject_id, row.revision, row.attempts, row.asked, row.lease_token, Turn(row.turn)
                )
                work.fail(session, held, Transient("it killed the process that read it"), get_settings().max_attempts)
    except SQLAlchemyError as error:
        log.warning("lost child not noted, the lease will run out", error=type(error).__name__)

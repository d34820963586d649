"""Ends the leases of a pool child that died: its rows are free at once, and the attempt counts.

The next sweep publishes the other rows of its message again: they had not begun and are charged no attempt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.db import brief_transaction
from app.domain.kinds import State, Step
from app.domain.steps import STEPS, Subject
from app.errors import Transient
from app.models import Work
from app.models.work import in_state
from app.pipeline.engine import step_metrics, work
from app.pipeline.engine.leases import held_here
from app.pipeline.engine.row_by_row import named
from app.pipeline.engine.work import Claim
from app.settings import get_settings

log = structlog.get_logger()

TIME_IS_UP = "SIGALRM"  # the kernel's signal to a process that reads a file beyond its deadline
SIGNAL = re.compile(r"\((SIG\w+)\)")


def child_lost(task: str, keys: Sequence[Sequence[int]], end: str) -> None:
    """Fails the leased rows of a task whose process died; a row that kills its process every time ends as dead.

    end: how the process ended, in the words of the pool.
    """
    step = STEPS.of_task(task)
    if step is None:
        return
    try:
        with brief_transaction() as session:
            those = named(step, [(k[0], k[1]) for k in keys])
            for row in _held(session.scalars(select(Work).where(those, held_here())).all(), step, keys):
                held = Claim.of(step, row)
                error = Transient(_reason(end))
                work.fail(session, held, error, get_settings().max_attempts)
                step_metrics.count_steps(session, step, [step_metrics.failure(held, STEPS[step].stage, error)])
            late = select(Work.id).where(those, in_state(State.DUE), Work.next_attempt_at <= func.clock_timestamp())
            work.mark_hinted(session, session.scalars(late).all(), 0.0)
    except SQLAlchemyError as error:
        log.warning("lost child not noted, the lease will run out", error=type(error).__name__)


def _held(rows: Sequence[Work], step: Step, keys: Sequence[Sequence[int]]) -> Sequence[Work]:
    """Returns the rows that the dead child had leased. Files are leased one by one in the order of the message: a
    sibling may have leased the files after the first, by a message of its own."""
    if STEPS[step].subject is not Subject.FILE:
        return rows
    places = {(key[0], key[1]): place for place, key in enumerate(keys)}
    return sorted(rows, key=lambda row: places[row.subject_id, row.revision])[:1]


def _reason(end: str) -> str:
    found = SIGNAL.search(end)
    if found and found[1] == TIME_IS_UP:
        return "reading it took longer than READ_TIMEOUT, and was ended with its process"
    return f"it killed the process that worked on it ({found[1] if found else end})"

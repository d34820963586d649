"""The act of operators on work that was given up, with its audit entry: the page, the API and the command call it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy.orm import Session

from app.access.audit import record
from app.domain.access.audited import Acted, Actor
from app.domain.flow import Next
from app.domain.kinds import State, Step
from app.errors import UserError
from app.operations.retry import retry_rows
from app.operations.stuck import GivenUp, chosen, every
from app.pipeline.engine import sweep

RETRIED = (State.DEAD, State.UNKNOWN)  # the states of rows that a user may retry
MOST = 5_000  # rows that one request makes due: it holds their locks for some seconds


@dataclass(frozen=True)
class Retried:
    """entry: of the audit; None if there was no such row. rows: how many are due again.

    calls: of the first of them, to publish after the commit.
    """

    entry: int | None
    rows: int
    calls: list[Next]


def retry(
    session: Session,
    actor: Actor,
    state: State,
    *,
    ids: Collection[int] | None = None,
    step: Step | None = None,
    most: int | None = None,
) -> Retried:
    """Makes rows of this state due again: those with these ids, or all; of one step, if it is given. most: of all.

    Rows of `unknown` may be paid twice: only a user who knows that asks for them.
    """
    if state not in RETRIED:
        raise UserError(f"rows that are {' or '.join(RETRIED)} can be retried, others not")
    rows = list(islice(every(session, state, step), most)) if ids is None else chosen(session, state, ids, step)
    if not rows:
        return Retried(None, 0, [])
    retry_rows(session, rows)
    steps = dict(Counter(row.step for row in rows))
    entry = record(session, actor, Acted.WORK_RETRY, _target(rows), state=state.value, rows=len(rows), steps=steps)
    return Retried(entry, len(rows), sweep.calls_of(session, [row.id for row in rows]))


def _target(rows: Sequence[GivenUp]) -> str:
    """The row, or how many there are of which steps."""
    if len(rows) == 1:
        return f"{rows[0].step} {rows[0].subject.partition(':')[0]}"  # behind the colon stand words of a question
    return ", ".join(f"{step} {count:,}" for step, count in Counter(row.step for row in rows).items())

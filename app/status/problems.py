"""What keeps work from being done, in words: a broker that does not answer, processes that hang, and what due work met
at its last try."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kombu.connection import Connection
from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from app.domain.kinds import State
from app.models import Work
from app.settings import Settings

PATIENCE = 2.0  # seconds for the broker
MOST = 5  # reasons that are named: the most frequent ones


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. count: rows of work that wait for its end, 0 where nobody counts."""

    what: str
    count: int = 0


def find_problems(session: Session, settings: Settings, hung: Sequence[str] = ()) -> list[Problem]:
    """All that is known; none while everything goes well. hung: processes that hang or fell silent, in words."""
    return [*broker_problems(settings), *(Problem(what) for what in hung), *_late(session)]


def broker_problems(settings: Settings) -> Sequence[Problem]:
    """Whether the broker can be reached: a trouble, or none."""
    try:
        with Connection(settings.broker(), connect_timeout=PATIENCE) as connection:
            connection.ensure_connection(max_retries=1, timeout=PATIENCE)
    except Exception as error:  # each transport has errors of its own
        return [Problem(f"the broker does not answer ({type(error).__name__}): the workers wait for it")]
    return []


def _late(session: Session) -> Sequence[Problem]:
    """Why due work was not done at its last try."""
    # Written into the statement: a plan made for any state could not use the index of what is due.
    due = Work.state == literal(State.DUE.value, literal_execute=True)
    tried = or_(Work.attempts > 0, Work.next_attempt_at > func.statement_timestamp())
    count = func.count()
    query = select(Work.last_error, count).where(due, tried, Work.last_error.is_not(None)).group_by(Work.last_error)
    rows = session.execute(query.order_by(count.desc(), Work.last_error).limit(MOST))
    return [Problem(what, number) for what, number in rows if what]

"""Problems that hold up work, in words: a broker that does not answer, processes that hang, errors of due work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kombu.connection import Connection
from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session

from app.domain import remedies
from app.domain.kinds import State
from app.models import Work
from app.settings import Settings
from app.status.silence import silences
from app.status.unread import unread

PATIENCE = 2.0  # seconds for the broker
MOST = 5  # reasons to name, the most frequent first


@dataclass(frozen=True)
class Problem:
    """One problem. count: rows of work that wait for its end, 0 if they are not counted.

    about: the part of the installation that shows more of it. remedy: in words; command: the one that does it.
    """

    what: str
    count: int = 0
    about: Literal["channels", "work", "processes", "services"] = "work"
    remedy: str = ""
    command: str = ""


def find_problems(session: Session, settings: Settings, hung: Sequence[str] = ()) -> list[Problem]:
    """All known problems. hung: processes that hang or fell silent, in words."""
    silent = [Problem(what, about="processes", remedy=remedies.RESTART) for what in hung]
    channels = [_of_channel(what) for what in unread(session)]
    return [*broker_problems(settings), *silent, *channels, *_of_models(session), *_late(session)]


def _of_models(session: Session) -> Sequence[Problem]:
    """The paid models whose answers said nothing: each was paid for."""
    return [Problem(str(one), remedy=remedies.SILENT, command=remedies.DOCTOR) for one in silences(session)]


def _of_channel(what: str) -> Problem:
    found = remedies.of_reason(what)
    return Problem(what, about="channels", remedy=found.text, command=found.command)


def broker_problems(settings: Settings) -> Sequence[Problem]:
    """One problem if the broker cannot be reached, else none."""
    try:
        with Connection(settings.broker(), connect_timeout=PATIENCE) as connection:
            connection.ensure_connection(max_retries=1, timeout=PATIENCE)
    except Exception as error:  # each transport raises its own errors
        what = f"the broker does not answer ({type(error).__name__}): the workers wait for it"
        return [Problem(what, about="services", remedy=remedies.BROKER, command=remedies.DOCTOR)]
    return []


def _late(session: Session) -> Sequence[Problem]:
    """The last errors of work that is due again, the most frequent first."""
    # A literal, not a parameter: a generic plan for any state could not use the partial index of due rows.
    due = Work.state == literal(State.DUE.value, literal_execute=True)
    tried = or_(Work.attempts > 0, Work.next_attempt_at > func.statement_timestamp())
    count = func.count()
    query = select(Work.last_error, count).where(due, tried, Work.last_error.is_not(None)).group_by(Work.last_error)
    rows = session.execute(query.order_by(count.desc(), Work.last_error).limit(MOST))
    return [_of_work(what, number) for what, number in rows if what]


def _of_work(what: str, count: int) -> Problem:
    found = remedies.of_reason(what)
    return Problem(what, count, remedy=found.text, command=found.command)

"""After a crash: what the processes that died held is free at once, instead of when its lease runs out."""

from __future__ import annotations

import os

from sqlalchemy import func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from app.domain.kinds import State
from app.models import Work, WorkerHeartbeat
from app.pipeline import handback, ledger, work
from app.settings import get_settings


def reclaim(session: Session) -> int:
    """Ends all leases and lets the sweeper publish everything that is due; returns how many leases there were.

    Only for whoever knows that no worker lives: the holder of a home's lock, with the database inside that home.
    """
    now = func.clock_timestamp()
    session.execute(update(Work).where(Work.state == State.LEASED).values(lease_until=now))
    session.execute(update(Work).where(Work.state == State.DUE, Work.hint_at > now).values(hint_at=now))
    ledger.abandon_old(session, 0.0)
    return work.expire(session, get_settings().max_attempts)


def inherit(session: Session, worker: str) -> int:
    """A worker of this name was killed: its leases are over, as if their time had run out; returns how many.

    The sweeper judges them, attempts included. Whoever still lives keeps his, for another home may use the same names.
    """
    former = session.get(WorkerHeartbeat, worker)
    if former is None or former.leases in (None, handback.OURS) or _lives(former.pid):
        return 0
    ledger.abandon_of(session, former.leases)
    locked = select(Work.id).where(handback.held_by(former.leases)).order_by(Work.id).with_for_update(skip_locked=True)
    over = update(Work).where(Work.id.in_(select(locked.cte("locked").c.id)))
    result = session.execute(over.values(lease_until=func.clock_timestamp()))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _lives(pid: int) -> bool:
    """Whether that process lives. Names end in the host's, so it was one of ours; in a container it may have had our
    own number."""
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

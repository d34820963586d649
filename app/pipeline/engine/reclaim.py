"""After a crash: what the processes that died held is free at once, instead of when its lease runs out."""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db import changed_rows
from app.domain.kinds import State
from app.models import Work, WorkerHeartbeat
from app.pipeline.engine import leases, ledger, work
from app.pipeline.engine.locked_update import update_locked
from app.settings import get_settings

SILENT = timedelta(seconds=45)  # since its last heartbeat a process is called silent: four beats and some patience


def reclaim(session: Session) -> int:
    """Ends all leases but those of workers that live elsewhere, and lets the sweeper publish everything that is due;
    returns how many leases there were.

    Only for whoever knows that no worker of this home lives: the holder of its lock, with the database inside of it.
    Other homes may use that database too.
    """
    now = func.clock_timestamp()
    spared = _living(session)
    over = leases.held_by_others_than(spared)
    session.execute(update(Work).where(over).values(lease_until=now))
    session.execute(update(Work).where(Work.state == State.DUE, Work.hint_at > now).values(hint_at=now))
    ledger.abandon_all_but(session, spared)
    return work.expire(session, get_settings().max_attempts)


def _living(session: Session) -> Collection[str]:
    """How the lease tokens of workers begin that were seen a moment ago and have not died here."""
    rows = session.scalars(select(WorkerHeartbeat).where(WorkerHeartbeat.seen_at > func.now() - SILENT))
    return [row.leases for row in rows if row.leases is not None and not died_here(row)]


def end_leases(session: Session, number: str) -> int:
    """A worker was killed: its leases are over, as if their time had run out; returns how many.

    The sweeper judges them, attempts included. number: how its lease tokens begin.
    """
    ledger.abandon_of(session, number)
    held = select(Work.id).where(leases.held_by(number)).order_by(Work.id)
    over = update_locked(held, skip_locked=True).values(lease_until=func.clock_timestamp())
    return changed_rows(session, over)


def died_here(row: WorkerHeartbeat) -> bool:
    """Whether that worker certainly lives no more: it ran where process ids mean what they mean to us."""
    if row.place != here():
        return False
    return row.pid == os.getpid() or not _lives(row.pid)


@cache
def here() -> str:
    """What one process id means one process in: this start of the machine, this namespace of ids."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    ids = Path("/proc/self/ns/pid")
    try:
        return f"{boot.read_text().strip()} {os.readlink(ids)}"
    except OSError:  # no Linux: nobody is ever said to have died here
        return f"unknown {datetime.now(UTC).isoformat()}"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, but there
    return True

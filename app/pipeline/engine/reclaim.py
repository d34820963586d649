"""Frees the leases of dead processes immediately after a crash, instead of at their expiry."""

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

SILENT = timedelta(seconds=45)  # without a heartbeat before a process counts as silent: four beats and some slack


def reclaim(session: Session) -> int:
    """Ends all leases but those of workers that live elsewhere, and lets the sweeper publish all due rows; returns the
    number of leases.

    Only for a caller that knows that no worker of this home lives: the holder of the home's lock, with the database
    inside that home. Other homes may use the same database.
    """
    now = func.clock_timestamp()
    spared = _living(session)
    over = leases.held_by_others_than(spared)
    session.execute(update(Work).where(over).values(lease_until=now))
    session.execute(update(Work).where(Work.state == State.DUE, Work.hint_at > now).values(hint_at=now))
    ledger.abandon_all_but(session, spared)
    return work.expire(session, get_settings().max_attempts)


def _living(session: Session) -> Collection[str]:
    """Prefixes of the lease tokens of workers that had a heartbeat within SILENT and have not died here."""
    rows = session.scalars(select(WorkerHeartbeat).where(WorkerHeartbeat.seen_at > func.now() - SILENT))
    return [row.leases for row in rows if row.leases is not None and not died_here(row)]


def end_leases(session: Session, number: str) -> int:
    """Ends the leases of a killed worker as if they had expired; returns their number.

    The sweeper judges the rows, attempts included. number: the prefix of its lease tokens.
    """
    ledger.abandon_of(session, number)
    held = select(Work.id).where(leases.held_by(number)).order_by(Work.id)
    over = update_locked(held, skip_locked=True).values(lease_until=func.clock_timestamp())
    return changed_rows(session, over)


def died_here(row: WorkerHeartbeat) -> bool:
    """Whether the worker is certainly dead: it ran in our boot and PID namespace, and its process is gone."""
    if row.place != here():
        return False
    return row.pid == os.getpid() or not _lives(row.pid)


@cache
def here() -> str:
    """Boot id plus PID namespace: within both, a process id names one process."""
    boot = Path("/proc/sys/kernel/random/boot_id")
    ids = Path("/proc/self/ns/pid")
    try:
        return f"{boot.read_text().strip()} {os.readlink(ids)}"
    except OSError:  # not Linux: no worker ever counts as dead here
        return f"unknown {datetime.now(UTC).isoformat()}"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # another user's process, but alive
    return True

"""Progress of runs that read or tag again, for page, API and command."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ReprocessRun
from app.reprocess.dry_run import What
from app.reprocess.runs import BY_USER
from app.reprocess.skipped_subjects import still_open

SHOWN = 5  # the newest runs of each kind
MOST = 10_000  # open rows that are counted; one more stands for all further ones


class RunState(StrEnum):
    """The state of a run."""

    MAKING_DUE = "making due"  # the sweeper goes over files or publications
    MADE_DUE = "made due"  # workers do it; open rows tell how much is left of all runs
    STOPPED = "stopped"
    ENDED = "ended early"  # for its reason


@dataclass(frozen=True)
class RunShown:
    """A run. rows: made due so far; share: part of the files or publications that it went over."""

    id: int
    channel: str
    since: str
    where: tuple[str, ...]
    everything: bool
    state: RunState
    subjects: int
    tokens: int
    rows: int
    share: float
    started: datetime
    reason: str | None


@dataclass(frozen=True)
class Progress:
    """Open work of all runs of a kind, by state, up to 10,001; and the newest runs.

    stopping: whether the rest is being ended.
    """

    what: What
    due: int
    leased: int
    waiting: int
    stopping: bool
    runs: tuple[RunShown, ...]

    @property
    def left(self) -> int:
        """Open rows, up to 10,001."""
        return min(self.due + self.leased + self.waiting, MOST + 1)

    @property
    def can_stop(self) -> bool:
        """Whether something is left to stop."""
        return not self.stopping and bool(
            self.due or self.waiting or any(one.state is RunState.MAKING_DUE for one in self.runs)
        )


def progress(session: Session, what: What) -> Progress:
    """The present progress. Its cost does not grow with the archive."""
    left = still_open(session, what.step, MOST)
    rows = select(ReprocessRun).where(ReprocessRun.what == what.value).order_by(ReprocessRun.id.desc())
    newest = session.scalars(rows.limit(SHOWN)).all()
    stopping = any(row.act == "stop" and row.ended_at is None for row in newest)
    runs = tuple(_shown(row) for row in newest if row.act == "start")
    return Progress(
        what=what,
        due=left.get("due", 0),
        leased=left.get("leased", 0),
        waiting=left.get("waiting", 0),
        stopping=stopping,
        runs=runs,
    )


def _shown(row: ReprocessRun) -> RunShown:
    return RunShown(
        id=row.id,
        **{name: row.scope[name] for name in ("channel", "since", "everything")},
        where=tuple(row.scope["where"]),
        state=_state(row),
        subjects=row.subjects,
        tokens=row.tokens,
        rows=row.rows,
        share=min(1.0, row.cursor / row.until_id) if row.until_id else 1.0,
        started=row.started_at,
        reason=row.reason,
    )


def _state(row: ReprocessRun) -> RunState:
    if row.ended_at is None:
        return RunState.MAKING_DUE
    if row.reason is None:
        return RunState.MADE_DUE
    return RunState.STOPPED if row.reason == BY_USER else RunState.ENDED

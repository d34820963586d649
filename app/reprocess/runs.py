"""Runs of `reanalyze` and `retag`: started at a price that their user saw, carried on by the sweeper, stopped.

A run is a row: a request writes it and returns; sweeper or command make a window of work due in each transaction.
So a page never waits for a large archive, and a process that dies loses nothing.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access import audit
from app.db import transaction
from app.domain.access.audited import Acted, Actor
from app.errors import MediaAuditError, UserError
from app.models import ReprocessRun
from app.reprocess.choice import Choice
from app.reprocess.dry_run import ASKING, PRICING, SECONDS, Models, Scope, What, in_turn
from app.reprocess.files import FilePlan
from app.reprocess.run import read_again, tag_again
from app.reprocess.skipped_subjects import still_open, stop
from app.reprocess.tags import TagPlan
from app.reprocess.time_limit import within

WINDOW = 500  # ids of files or publications in one transaction
PASS_SECONDS = 2.0  # of a pass of the sweeper: 2,000 rows and more, while a worker reads some files in that time
STARTED = {What.READ: Acted.READ_START, What.TAG: Acted.TAG_START}
STOPPED = {What.READ: Acted.READ_STOP, What.TAG: Acted.TAG_STOP}
OTHER_VERSIONS = "the workers would use other versions than those of the price: start it again"
BY_USER = "stopped by a person"


@dataclass(frozen=True)
class Started:
    """The answer to a start. run, entry: None where the price has grown, or nothing is to be done again."""

    plan: FilePlan | TagPlan
    run: int | None = None
    entry: int | None = None


def start(scope: Scope, actor: Actor, agreed: int, models: Models = PRICING, seconds: float = SECONDS) -> Started:
    """Begins a run, if it costs no more than the user agreed to, in tokens. The sweeper carries it on.

    UserError for an invalid option, while an earlier run is being stopped, and beyond the time of a request.
    """
    with transaction() as session:
        with in_turn(), within(session, seconds):
            plan = models.plan(session, scope)
        if plan.tokens > agreed or not plan.subjects:
            session.rollback()
            return Started(plan)
        run, entry = begin(session, scope, plan, actor, models)
    return Started(plan, run, entry)


def begin(
    session: Session, scope: Scope, plan: FilePlan | TagPlan, actor: Actor, models: Models = ASKING
) -> tuple[int, int]:
    """Writes the run of a plan that its user agreed to, and its audit entry: their numbers.

    The same run that is still open goes on instead.
    """
    if _stopping(session, scope.what):
        raise UserError("an earlier run is being stopped: start this one in some seconds")
    choice = scope.choice(session)
    subjects = models.subjects(session, scope.what, choice, everything=scope.everything)
    values = {
        "what": scope.what.value,
        "act": "start",
        "scope": _kept(scope),
        "choice": choice.kept(),
        "versions": subjects.versions,
        "until_id": subjects.highest(),
        "subjects": plan.subjects,
        "tokens": plan.tokens,
    }
    run = _added(session, values)
    details = {"subjects": plan.subjects, "tokens": plan.tokens, **_kept(scope)}
    return run, audit.record(session, actor, STARTED[scope.what], f"{scope.what} {run}", **details)


def request_stop(session: Session, what: What, actor: Actor) -> tuple[int, int] | None:
    """Ends the open runs, and begins to end their work that no worker has begun: the run and its audit entry.

    None if nothing is left.
    """
    opened = session.scalars(_open(what, "start").order_by(ReprocessRun.id).with_for_update()).all()
    if not opened and not still_open(session, what.step, 0):
        return None
    newest = select(ReprocessRun).where(ReprocessRun.what == what.value, ReprocessRun.act == "start")
    last = session.scalars(newest.order_by(ReprocessRun.id.desc()).limit(1)).all()
    for run in (*opened, *last):
        _end(run, BY_USER)
    run_id = _added(session, {"what": what.value, "act": "stop", "scope": {}, "choice": {}})
    return run_id, audit.record(session, actor, STOPPED[what], f"{what} {run_id}")


@dataclass(frozen=True)
class Advanced:
    """One transaction of a run. rows: made due in it, or ended; ended: whether it was the last."""

    rows: int
    ended: bool
    reason: str | None = None


def carry_on(models: Models = ASKING, seconds: float = PASS_SECONDS) -> None:
    """Carries on open runs, the oldest first, for so many seconds: the next pass goes on."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and advance(models) is not None:
        pass


def advance(models: Models = ASKING, number: int | None = None) -> Advanced | None:
    """One transaction of the oldest open run, or of the one with this number; None where there is none to carry on.

    A run whose row another process holds goes on there.
    """
    with transaction() as session:
        query = select(ReprocessRun).where(ReprocessRun.ended_at.is_(None)).order_by(ReprocessRun.id).limit(1)
        if number is not None:
            query = query.where(ReprocessRun.id == number)
        run = session.scalars(query.with_for_update(skip_locked=number is None)).first()
        if run is None:
            return None
        before = run.rows
        if run.act == "stop":
            _stop(session, run)
        else:
            _make_due(session, run, models)
        return Advanced(run.rows - before, run.ended_at is not None, run.reason)


def rows_of(number: int) -> int:
    """Rows that the run with this number made due, or ended, by all processes together."""
    with transaction() as session:
        return session.scalar(select(ReprocessRun.rows).where(ReprocessRun.id == number)) or 0


def _make_due(session: Session, run: ReprocessRun, models: Models) -> None:
    what = What(run.what)
    try:
        everything = bool(run.scope["everything"])
        subjects = models.subjects(session, what, Choice.again_of(run.choice), everything=everything)
    except MediaAuditError as error:  # a setting that this worker lacks
        _end(run, str(error))
        return
    if subjects.versions != run.versions:
        _end(run, OTHER_VERSIONS)
        return
    until = subjects.window(run.cursor, run.until_id, WINDOW)
    keys = subjects.keys(run.cursor, until)
    run.rows += read_again(session, keys) if what is What.READ else tag_again(session, keys)
    run.cursor = until
    if until >= run.until_id:
        _end(run)


def _stop(session: Session, run: ReprocessRun) -> None:
    ended, kept = stop(session, What(run.what).step)
    run.rows += ended
    if not ended and not kept:
        _end(run)


def _end(run: ReprocessRun, reason: str | None = None) -> None:
    run.ended_at, run.reason = func.clock_timestamp(), reason


def _open(what: What, act: Literal["start", "stop"]) -> Any:
    return select(ReprocessRun).where(
        ReprocessRun.ended_at.is_(None), ReprocessRun.what == what.value, ReprocessRun.act == act
    )


def _stopping(session: Session, what: What) -> bool:
    return bool(session.scalar(select(exists(_open(what, "stop")))))


def _added(session: Session, values: dict[str, Any]) -> int:
    """The number of a new run, or of the open one with the same scope, which then begins again."""
    named = (ReprocessRun.what, ReprocessRun.act, ReprocessRun.scope)
    row = insert(ReprocessRun).values(values)
    row = row.on_conflict_do_update(
        index_elements=list(named), index_where=ReprocessRun.ended_at.is_(None), set_={**values, "cursor": 0}
    )
    return session.scalars(row.returning(ReprocessRun.id)).one()


def _kept(scope: Scope) -> dict[str, Any]:
    return {name: value for name, value in asdict(scope).items() if name != "what"} | {"where": list(scope.where)}

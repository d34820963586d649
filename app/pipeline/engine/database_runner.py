"""Runs a pure database step in one transaction.

Locks are taken in the order channel, publication, post media, work row, so that no two steps wait for each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from app import trace
from app.db import transaction
from app.domain.flow import Key, Next
from app.domain.kinds import State, Step
from app.domain.steps import STEPS
from app.pipeline.engine import step_log, step_metrics, work
from app.pipeline.engine.lease_ends import end_leases, fail_unclaimed
from app.pipeline.engine.outcomes import Outcome, RowEnd
from app.pipeline.engine.retrying import retry_transaction
from app.pipeline.engine.step_metrics import StepMeasurement
from app.pipeline.engine.work import Claim
from app.settings import get_settings

log = structlog.get_logger()

Body = Callable[[Session, Sequence[Claim]], Sequence[Outcome]]
Lock = Callable[[Session, Sequence[int]], object]


@dataclass(frozen=True)
class DatabaseStep:
    """A step and its body. lock: takes the subjects' own locks before any work row is locked."""

    step: Step
    lock: Lock
    body: Body


@dataclass(frozen=True)
class Ended:
    """Rows that one transaction ended. seconds: time of the body for each row."""

    ends: Sequence[RowEnd] = ()
    seconds: float = 0.0


def run_database(step: Step, lock: Lock, body: Body, keys: Sequence[Key]) -> list[Next]:
    """Runs a pure database step: lock, claim, body and finish in ONE transaction for all keys; one by one if it fails.

    lock takes the subjects' own locks (publications by id) before any work row is locked.
    """
    if not keys:
        return []
    run = DatabaseStep(step, lock, body)
    try:
        return _logged(step, retry_transaction(lambda session: _run(session, run, keys)))
    except Exception:
        log.exception("batch failed", step=step, keys=list(keys))
        return [item for key in keys for item in _run_alone(run, key)]


def _run(session: Session, run: DatabaseStep, keys: Sequence[Key]) -> Ended:
    # Keeps a reference: the session holds its objects weakly, and the body would load each of them again.
    _locked = run.lock(session, sorted({subject for subject, _ in keys}))
    claims = work.claim(session, run.step, keys, get_settings().lease_seconds)
    if not claims:
        return Ended()
    started = time.monotonic()
    with trace.at_work([held.trace_id for held in claims]):
        ends = list(zip(claims, run.body(session, claims), strict=True))
    seconds = (time.monotonic() - started) / len(claims)
    end_leases(session, ends, seconds)
    stage = STEPS[run.step].stage
    counted = [
        StepMeasurement(held, stage, "ok", seconds, media=end.media)
        for held, end in ends
        if stage and end.state is State.DONE and end.error is None
    ]
    step_metrics.count_steps(session, run.step, counted)
    return Ended(ends, seconds)


def _run_alone(run: DatabaseStep, key: Key) -> list[Next]:
    try:
        with transaction() as session:
            ended = _run(session, run, [key])
        return _logged(run.step, ended)
    except Exception as error:
        log.exception("step failed", step=run.step, key=key)
        fail_unclaimed(run.step, key, error)
        return []


def _logged(step: Step, ended: Ended) -> list[Next]:
    """Logs row ends after their commit; returns their next calls."""
    step_log.log_steps(step, ended.ends, ended.seconds)
    return [item for _, end in ended.ends for item in end.nexts]

"""The second transaction of a step with external I/O: stores the results and ends the leases."""

from __future__ import annotations

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.kinds import State
from app.errors import MediaAuditError, Transient, unexpected
from app.pipeline.engine import step_log, step_metrics, work
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.lease_ends import end_leases
from app.pipeline.engine.outcomes import I, O, Outcome, Performed, RowEnd
from app.pipeline.engine.retrying import retry_transaction
from app.pipeline.engine.step_metrics import StepMeasurement
from app.settings import get_settings

log = structlog.get_logger()


def finish(
    step: ExternalStep[I, O], done: Sequence[Performed[I, O | MediaAuditError]], seconds: float
) -> Sequence[RowEnd]:
    """Stores performed results; returns the rows whose leases ended here. seconds: time of perform for each row."""
    try:
        return _logged(step, retry_transaction(lambda session: _finish_together(session, step, done, seconds)), seconds)
    except Exception:
        # One bad row must not fail the rest of its batch: store each row in a transaction of its own.
        log.exception("batch not stored", step=step.step, keys=[one.held.key for one in done])
        return [end for one in done for end in _finish_alone(step, one, seconds)]


def _finish_alone(step: ExternalStep[I, O], one: Performed[I, O | MediaAuditError], seconds: float) -> Sequence[RowEnd]:
    try:
        with transaction() as session:
            ends = _finish_together(session, step, [one], seconds)
        return _logged(step, ends, seconds)
    except Exception as error:
        log.exception("result not stored", step=step.step, key=one.held.key)
        reason = unexpected(error)
    _fail(step, one, reason, seconds)
    return []


def _fail(step: ExternalStep[I, O], one: Performed[I, O | MediaAuditError], reason: Transient, seconds: float) -> None:
    try:
        with transaction() as session:
            work.fail(session, one.held, reason, get_settings().max_attempts, seconds)
            step_metrics.count_steps(
                session,
                step.step,
                [step_metrics.failure(one.held, step.stage(one.given), reason, seconds, step.media(one.given))],
            )
    except SQLAlchemyError:
        # The lease will expire; the other rows of the batch go on.
        log.exception("failure not stored", step=step.step, key=one.held.key)


def _logged(step: ExternalStep[I, O], ends: Sequence[RowEnd], seconds: float) -> Sequence[RowEnd]:
    """Logs row ends; call it only after their commit."""
    step_log.log_steps(step.step, ends, seconds)
    return ends


def _finish_together(
    session: Session, step: ExternalStep[I, O], done: Sequence[Performed[I, O | MediaAuditError]], seconds: float
) -> list[RowEnd]:
    """Stores results in one transaction. A result counts only while its work row, now locked, holds its lease token."""
    step.lock(session, [one.given for one in done])
    ours = work.still_held(session, [one.held for one in done])
    if late := [one for one in done if one.held.id not in ours]:
        log.info("late results dropped", step=step.step, keys=[one.held.key for one in late])
        for one in late:
            step.dropped(session, one.held, one.given, one.result)
    ended = [one for one in done if one.held.id in ours]
    ends = _outcomes(step, session, ended)
    end_leases(session, ends, seconds)
    _count(session, step, ended, ends)
    return ends


def _outcomes(
    step: ExternalStep[I, O], session: Session, done: Sequence[Performed[I, O | MediaAuditError]]
) -> list[RowEnd]:
    ends: list[RowEnd] = []
    for one in done:
        if isinstance(one.result, MediaAuditError):
            outcome = step.failed(session, one.held, one.given, one.result)
            ends.append((one.held, outcome or Outcome(error=one.result)))
    good = [
        Performed(one.held, one.given, one.result, one.seconds)
        for one in done
        if not isinstance(one.result, MediaAuditError)
    ]
    finished = step.finish_all(session, good) if good else []
    return [*ends, *((one.held, end) for one, end in zip(good, finished, strict=True))]


def _count(
    session: Session,
    step: ExternalStep[I, O],
    done: Sequence[Performed[I, O | MediaAuditError]],
    ends: Sequence[RowEnd],
) -> None:
    """Counts rows that are done or failed, but none that continues at once, waits or was superseded."""
    verdicts = {held.id: end for held, end in ends}
    step_metrics.count_steps(session, step.step, [_measurement(step, one, verdicts[one.held.id]) for one in done])


def _measurement(
    step: ExternalStep[I, O], one: Performed[I, O | MediaAuditError], end: Outcome
) -> StepMeasurement | None:
    stage = end.stage or step.stage(one.given)
    seconds, media = one.seconds + step.before(one.given), step.media(one.given)
    if isinstance(one.result, MediaAuditError):
        goes_on = end.state is State.DUE and end.error is None
        return None if goes_on else step_metrics.failure(one.held, stage, one.result, seconds, media)
    if end.error is not None:
        return step_metrics.failure(one.held, stage, end.error, seconds, media)
    return StepMeasurement(one.held, stage, "ok", seconds, media=media) if stage and end.state is State.DONE else None

"""The first transaction of a step with external I/O: leases rows and loads their inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

import structlog
from sqlalchemy.orm import Session

from app import trace
from app.db import transaction
from app.domain.flow import Key
from app.domain.kinds import State
from app.errors import MediaAuditError
from app.pipeline.engine import ledger, step_log, step_metrics, work
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.lease_ends import end_leases, fail_unclaimed
from app.pipeline.engine.outcomes import EarlyOutcome, I, O, Outcome, RowEnd
from app.pipeline.engine.retrying import retry_transaction
from app.pipeline.engine.step_metrics import StepMeasurement
from app.pipeline.engine.work import Claim
from app.settings import get_settings

log = structlog.get_logger()


@dataclass(frozen=True)
class Claimed(Generic[I]):
    """Result of a claim. loaded: leased rows with the input of perform. ended: rows whose lease is over already."""

    loaded: Sequence[tuple[Claim, I]] = ()
    ended: Sequence[RowEnd] = ()


def claim(step: ExternalStep[I, O], keys: Sequence[Key]) -> Claimed[I]:
    """Leases and loads the due rows among the keys; one by one if the batch cannot be loaded."""
    try:
        return _logged(step, retry_transaction(lambda session: _claim_together(session, step, keys), _give_back))
    except Exception:
        log.exception("batch not loaded", step=step.step, keys=list(keys))
        alone = [_claim_alone(step, key) for key in keys]
    return Claimed([row for one in alone for row in one.loaded], [row for one in alone for row in one.ended])


def _claim_alone(step: ExternalStep[I, O], key: Key) -> Claimed[I]:
    try:
        with transaction() as session:
            claimed = _claim_together(session, step, [key])
        return _logged(step, claimed)
    except Exception as error:
        log.exception("not loaded", step=step.step, key=key)
        fail_unclaimed(step.step, key, error)
        return Claimed()


def _claim_together(session: Session, step: ExternalStep[I, O], keys: Sequence[Key]) -> Claimed[I]:
    claims = work.claim(session, step.step, keys, step.lease or get_settings().lease_seconds)
    with trace.at_work([held.trace_id for held in claims]):
        answers = step.load_all(session, claims) if claims else []
    loaded: list[tuple[Claim, I]] = []
    early: list[RowEnd] = []
    failed: list[RowEnd] = []
    for held, answer in zip(claims, answers, strict=True):
        if isinstance(answer, EarlyOutcome):
            early.append((held, answer.outcome()))
        elif isinstance(answer, MediaAuditError):
            failed.append((held, Outcome(error=answer)))
        else:
            loaded.append((held, answer))
    end_leases(session, [*early, *failed], 0.0)
    counted = [StepMeasurement(held, end.stage, "ok") for held, end in early if end.stage]
    step_metrics.count_steps(session, step.step, counted)
    return Claimed(loaded, [*early, *failed])


def _logged(step: ExternalStep[I, O], claimed: Claimed[I]) -> Claimed[I]:
    """Logs row ends; call it only after their commit."""
    step_log.log_steps(step.step, claimed.ended)
    return claimed


def _give_back(session: Session, unconfirmed: Claimed[I]) -> None:
    """Gives back leases of a commit that succeeded although its confirmation was lost with the connection: they are
    ours, and no work was done under them."""
    claims = [held for held, _ in (*unconfirmed.loaded, *unconfirmed.ended)]
    if held := work.still_held(session, claims) if claims else set():
        ledger.never_sent(session, [claim.token for claim in claims])
        work.finish(session, [claim for claim in claims if claim.id in held], State.DUE, untried=True)

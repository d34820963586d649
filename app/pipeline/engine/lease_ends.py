"""Ends leases for both runners, one statement for all rows that end alike, and judges failures for steps."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Key
from app.domain.kinds import State, Step
from app.domain.retries import Verdict, after
from app.domain.steps import STEPS
from app.errors import MediaAuditError, unexpected
from app.pipeline.engine import step_metrics, work
from app.pipeline.engine.outcomes import RowEnd
from app.pipeline.engine.work import Claim
from app.settings import get_settings


def end_leases(session: Session, ends: Sequence[RowEnd], seconds: float) -> None:
    """Ends each lease by its outcome. seconds: time of perform for each row."""
    alike: dict[tuple[State, str | None, float, bool], list[Claim]] = {}
    for held, end in ends:
        if end.error is not None:
            work.fail(session, held, end.error, get_settings().max_attempts, seconds)
        else:
            alike.setdefault((end.state, end.reason, end.delay, end.untried), []).append(held)
    for (state, reason, delay, untried), claims in alike.items():
        work.finish(session, claims, state, reason=reason, seconds=seconds, delay=delay, untried=untried)


def verdict_on(held: Claim, error: MediaAuditError) -> Verdict:
    """The verdict of domain.retries on a failure, for a step that decides by it. Its delay has no jitter."""
    return after(error, held.attempts, get_settings().max_attempts, 0.0)


def fail_unclaimed(step: Step, key: Key, error: Exception) -> None:
    """Charges an attempt to a row whose own claim was rolled back; else it would be tried forever."""
    settings = get_settings()
    with transaction() as session:
        for held in work.claim(session, step, [key], settings.lease_seconds):
            work.fail(session, held, unexpected(error), settings.max_attempts)
            step_metrics.count_steps(session, step, [step_metrics.failure(held, STEPS[step].stage, unexpected(error))])

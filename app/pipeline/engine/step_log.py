"""Reports committed ends of work rows: a line in the log, a span in the trace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import structlog

from app import telemetry, trace
from app.domain.kinds import Step
from app.domain.steps import STEPS
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.work import Claim

log = structlog.get_logger()


def log_steps(step: Step, ends: Sequence[tuple[Claim, Outcome]], seconds: float = 0.0) -> None:
    """Logs and traces ends of rows of one step. seconds: time of perform for each row."""
    if not ends:
        return
    with trace.at_work([held.trace_id for held, _ in ends]):
        _line(step, ends, seconds)
    if telemetry.on():
        telemetry.passed(step.value, [(held.trace_id, _said(held, end)) for held, end in ends], seconds * len(ends))


def _line(step: Step, ends: Sequence[tuple[Claim, Outcome]], seconds: float) -> None:
    say = log.debug if STEPS[step].routine else log.info
    if len(ends) > 1:
        say("passed", step=step, rows=len(ends), states=dict(Counter(_state(end) for _, end in ends)))
        return
    [(held, end)] = ends
    why = {"reason": str(end.error or end.reason)} if end.error or end.reason else {}
    about = {"subject": held.subject_id, "revision": held.revision, "attempt": held.attempts}
    say("passed", step=step, **about, state=_state(end), seconds=round(seconds, 3), **why)


def _state(end: Outcome) -> str:
    return "failed" if end.error is not None else end.state.value


def _said(held: Claim, end: Outcome) -> telemetry.Attributes:
    about = {"subject": held.subject_id, "revision": held.revision, "attempt": held.attempts}
    return {**about, "state": _state(end)}

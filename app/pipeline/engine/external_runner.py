"""Runs a step with external I/O: claim, perform (no session open), finish.

Locks are taken in the order channel, publication, post media, work row, so that no two steps wait for each other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import structlog

from app import guards, trace
from app.db import transaction
from app.domain.flow import Key, Next
from app.domain.kinds import Step
from app.errors import MediaAuditError, unexpected
from app.pipeline.engine import work
from app.pipeline.engine.external_claim import claim
from app.pipeline.engine.external_finish import finish
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.in_progress import IN_PROGRESS
from app.pipeline.engine.outcomes import I, O, Performed, RowEnd
from app.pipeline.engine.work import Claim
from app.settings import get_settings

log = structlog.get_logger()

OF_LEASE = 0.9  # external work without a deadline of its own ends after this share of its lease


@dataclass(frozen=True)
class RunResult:
    """Results of committed transactions. again: keys of due rows that the same process may go on with at once."""

    nexts: list[Next]
    again: list[Key]


def run_external(step: ExternalStep[I, O], keys: Sequence[Key]) -> list[Next]:
    """Runs a step for the keys that are due; everything returned is committed and may be published."""
    return run_rows(step, keys).nexts


def run_rows(step: ExternalStep[I, O], keys: Sequence[Key]) -> RunResult:
    """Like run_external, for a caller that goes on with some of the rows."""
    ends = [end for part in _parts(step, keys) for end in _run(step, part)]
    again = [held.key for held, end in ends if end.again]
    return RunResult([item for _, end in ends for item in end.nexts], again)


def _run(step: ExternalStep[I, O], keys: Sequence[Key]) -> Sequence[RowEnd]:
    """Claims, performs and finishes keys together; returns the rows whose leases ended."""
    lease = step.lease or get_settings().lease_seconds
    IN_PROGRESS.allow(lease)
    until = time.monotonic() + OF_LEASE * lease
    claimed = claim(step, keys)
    if not claimed.loaded:
        return claimed.ended
    started = time.monotonic()
    with trace.at_work([held.trace_id for held, _ in claimed.loaded]):
        done = _perform(step, claimed.loaded, until)
        ended = finish(step, done, (time.monotonic() - started) / len(done))
    return [*claimed.ended, *ended]


def _perform(
    step: ExternalStep[I, O], loaded: Sequence[tuple[Claim, I]], until: float
) -> list[Performed[I, O | MediaAuditError]]:
    results: Sequence[O | MediaAuditError]
    started = time.monotonic()
    try:
        with guards.performing(step.step, until):
            results = step.perform([given for _, given in loaded])
    except MediaAuditError as error:
        results = [error] * len(loaded)
    except Exception as error:
        log.exception("step failed", step=step.step, keys=[held.key for held, _ in loaded])
        if len(loaded) > 1:  # one bad input must not fail the rest of its batch
            return [done for one in loaded for done in _perform(step, [one], until)]
        results = [unexpected(error)]
    seconds = (time.monotonic() - started) / len(loaded)
    return [Performed(held, given, result, seconds) for (held, given), result in zip(loaded, results, strict=True)]


def _parts(step: ExternalStep[I, O], keys: Sequence[Key]) -> Iterator[Sequence[Key]]:
    unique = list(dict.fromkeys(keys))
    tried = _tried(step.step, unique) if step.wary and len(unique) > 1 else set()
    fresh = [key for key in unique if key not in tried]
    for start in range(0, len(fresh), step.chunk):
        yield fresh[start : start + step.chunk]
    for key in unique:
        if key in tried:
            yield [key]


def _tried(step: Step, keys: Sequence[Key]) -> set[Key]:
    with transaction() as session:
        return work.tried(session, step, keys)

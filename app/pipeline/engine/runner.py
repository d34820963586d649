"""The one runner.

A step with outside I/O is claim, perform (no session open), finish; a database step is one transaction.
Locks are taken in the order channel, publication, post media, work row, so that no two steps wait for each other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from app import guards, trace
from app.db import transaction
from app.domain.flow import Key, Next
from app.domain.kinds import State, Step
from app.domain.steps import STEPS
from app.errors import MediaAuditError, Transient
from app.pipeline.engine import ledger, step_log, step_metrics, work
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.in_progress import IN_PROGRESS
from app.pipeline.engine.outcomes import EarlyOutcome, I, O, Outcome, Performed
from app.pipeline.engine.step_metrics import StepMeasurement
from app.pipeline.engine.work import Claim
from app.settings import get_settings

log = structlog.get_logger()

PAUSES = (0.2, 1.0, 2.0, *[4.0] * 14)  # seconds, a minute in all: a restart of PostgreSQL with some crash recovery

OF_LEASE = 0.9  # outside work without a deadline of its own ends when this share of its lease is over

T = TypeVar("T")


def run_external(step: ExternalStep[I, O], keys: Sequence[Key]) -> list[Next]:
    """Runs a step for the keys that are due; everything returned is committed and may be published."""
    nexts: list[Next] = []
    for part in _parts(step, keys):
        lease = step.lease or get_settings().lease_seconds
        IN_PROGRESS.allow(lease)
        until = time.monotonic() + OF_LEASE * lease
        loaded = _claim(step, part, nexts)
        if loaded:
            started = time.monotonic()
            with trace.at_work([held.trace_id for held, _ in loaded]):
                results = _perform(step, loaded, until)
                nexts.extend(_finish(step, results, (time.monotonic() - started) / len(loaded)))
    return nexts


def _claim(step: ExternalStep[I, O], keys: Sequence[Key], nexts: list[Next]) -> list[tuple[Claim, I]]:
    unconfirmed: list[Claim] = []  # of a try whose commit nobody has confirmed
    try:
        return _patiently(lambda: _claim_together(step, keys, nexts, unconfirmed))
    except Exception:
        log.exception("batch not loaded", step=step.step, keys=list(keys))
        return [item for key in keys for item in _claim_alone(step, key, nexts)]


def _claim_alone(step: ExternalStep[I, O], key: Key, nexts: list[Next]) -> list[tuple[Claim, I]]:
    try:
        return _claim_together(step, [key], nexts, [])
    except Exception as error:
        log.exception("not loaded", step=step.step, key=key)
        _fail_unclaimed(step.step, key, error)
        return []


def _fail_unclaimed(step: Step, key: Key, error: Exception) -> None:
    """Charges an attempt to a row whose own claim was rolled back, or it would be tried for ever."""
    settings = get_settings()
    with transaction() as session:
        for held in work.claim(session, step, [key], settings.lease_seconds):
            work.fail(session, held, unexpected(error), settings.max_attempts)
            step_metrics.count_steps(session, step, [step_metrics.failure(held, STEPS[step].stage, unexpected(error))])


def _claim_together(
    step: ExternalStep[I, O], keys: Sequence[Key], nexts: list[Next], unconfirmed: list[Claim]
) -> list[tuple[Claim, I]]:
    settings = get_settings()
    loaded: list[tuple[Claim, I]] = []
    ended: list[tuple[Claim, Outcome]] = []
    counted: list[StepMeasurement] = []
    failed: list[tuple[Claim, Outcome]] = []
    with transaction() as session:
        _give_back(session, unconfirmed)
        claims = work.claim(session, step.step, keys, step.lease or settings.lease_seconds)
        unconfirmed[:] = claims
        with trace.at_work([held.trace_id for held in claims]):
            answers = step.load_all(session, claims) if claims else []
        for held, answer in zip(claims, answers, strict=True):
            if isinstance(answer, EarlyOutcome):
                ended.append((held, Outcome(answer.nexts, answer.state, answer.reason, answer.delay, untried=True)))
                counted += [StepMeasurement(held, answer.stage, "ok")] if answer.stage else []
            elif isinstance(answer, MediaAuditError):
                work.fail(session, held, answer, settings.max_attempts)
                failed.append((held, Outcome(error=answer)))
            else:
                loaded.append((held, answer))
        _end(session, ended, 0.0)
        step_metrics.count_steps(session, step.step, counted)
    step_log.log_steps(step.step, [*ended, *failed])
    nexts.extend(item for _, end in ended for item in end.nexts)
    return loaded


def _give_back(session: Session, unconfirmed: Sequence[Claim]) -> None:
    """A commit may have been made though its confirmation was lost with the connection: then the leases are ours, and
    nothing was done under them."""
    if held := work.still_held(session, unconfirmed) if unconfirmed else set():
        ledger.never_sent(session, [claim.token for claim in unconfirmed])
        work.finish(session, [claim for claim in unconfirmed if claim.id in held], State.DUE, untried=True)


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
        if len(loaded) > 1:  # one bad input must not take its neighbours with it
            return [done for one in loaded for done in _perform(step, [one], until)]
        results = [unexpected(error)]
    seconds = (time.monotonic() - started) / len(loaded)
    return [Performed(held, given, result, seconds) for (held, given), result in zip(loaded, results, strict=True)]


def _finish(step: ExternalStep[I, O], done: Sequence[Performed[I, O | MediaAuditError]], seconds: float) -> list[Next]:
    try:
        return _patiently(lambda: _finish_together(step, done, seconds))
    except Exception:
        # One bad row must not take its neighbours with it: each again by itself.
        log.exception("batch not stored", step=step.step, keys=[one.held.key for one in done])
        return [item for one in done for item in _finish_alone(step, one, seconds)]


def _finish_alone(step: ExternalStep[I, O], one: Performed[I, O | MediaAuditError], seconds: float) -> list[Next]:
    try:
        return _finish_together(step, [one], seconds)
    except Exception as error:
        log.exception("result not stored", step=step.step, key=one.held.key)
        reason = unexpected(error)
    try:
        with transaction() as session:
            work.fail(session, one.held, reason, get_settings().max_attempts, seconds)
            step_metrics.count_steps(
                session, step.step, [step_metrics.failure(one.held, step.stage(one.given), reason, seconds)]
            )
    except SQLAlchemyError:
        # The lease will run out; the neighbours must not pay for it.
        log.exception("failure not stored", step=step.step, key=one.held.key)
    return []


def _patiently(attempt: Callable[[], T]) -> T:
    """Repeats a transaction that the database could not take (restarting, deadlock).

    What was performed is worth it; and a message that is dropped costs its work a minute until the sweeper misses it.
    """
    for pause in PAUSES:
        try:
            return attempt()
        except OperationalError as error:
            log.warning("database away, tried again", error=type(error.orig).__name__, pause=pause)
            time.sleep(pause)
    return attempt()


def _finish_together(
    step: ExternalStep[I, O], done: Sequence[Performed[I, O | MediaAuditError]], seconds: float
) -> list[Next]:
    """Writes the results in one transaction; the row lock and token of its work decide whether one counts at all."""
    with transaction() as session:
        step.lock(session, [one.given for one in done])
        ours = work.still_held(session, [one.held for one in done])
        if late := [one for one in done if one.held.id not in ours]:
            log.info("late results dropped", step=step.step, keys=[one.held.key for one in late])
            for one in late:
                step.dropped(session, one.held, one.given, one.result)
        ended = [one for one in done if one.held.id in ours]
        ends = _outcomes(step, session, ended)
        _end(session, ends, seconds)
        _count(session, step, ended, ends)
    step_log.log_steps(step.step, ends, seconds)
    return [item for _, end in ends for item in end.nexts]


def _count(
    session: Session,
    step: ExternalStep[I, O],
    done: Sequence[Performed[I, O | MediaAuditError]],
    ends: Sequence[tuple[Claim, Outcome]],
) -> None:
    """What was done or has failed; what goes on at once, waits for others or was superseded is neither."""
    verdicts = {held.id: end for held, end in ends}
    step_metrics.count_steps(session, step.step, [_passage(step, one, verdicts[one.held.id]) for one in done])


def _passage(step: ExternalStep[I, O], one: Performed[I, O | MediaAuditError], end: Outcome) -> StepMeasurement | None:
    stage = end.stage or step.stage(one.given)
    seconds = one.seconds + step.before(one.given)
    if isinstance(one.result, MediaAuditError):
        goes_on = end.state is State.DUE and end.error is None
        return None if goes_on else step_metrics.failure(one.held, stage, one.result, seconds)
    if end.error is not None:
        return step_metrics.failure(one.held, stage, end.error, seconds)
    return StepMeasurement(one.held, stage, "ok", seconds) if stage and end.state is State.DONE else None


def _outcomes(
    step: ExternalStep[I, O], session: Session, done: Sequence[Performed[I, O | MediaAuditError]]
) -> list[tuple[Claim, Outcome]]:
    ends: list[tuple[Claim, Outcome]] = []
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


def _end(session: Session, ends: Sequence[tuple[Claim, Outcome]], seconds: float) -> None:
    """Ends the leases, one statement for all that end alike."""
    alike: dict[tuple[State, str | None, float, bool], list[Claim]] = {}
    for held, end in ends:
        if end.error is not None:
            work.fail(session, held, end.error, get_settings().max_attempts, seconds)
        else:
            alike.setdefault((end.state, end.reason, end.delay, end.untried), []).append(held)
    for (state, reason, delay, untried), claims in alike.items():
        work.finish(session, claims, state, reason=reason, seconds=seconds, delay=delay, untried=untried)


def each(action: Callable[[I], O], inputs: Sequence[I]) -> list[O | MediaAuditError]:
    """perform for steps whose subjects have nothing to do with each other: a failure is the answer for its own."""
    results: list[O | MediaAuditError] = []
    for given, _ in zip(inputs, trace.each_item(len(inputs)), strict=True):
        try:
            results.append(action(given))
        except MediaAuditError as error:
            results.append(error)
        except Exception as error:
            log.exception("failed", action=action.__name__)
            results.append(unexpected(error))
    return results


def unexpected(error: Exception) -> Transient:
    """A bug of ours or of a library as a reason: tried again, dead in the end, never in silence."""
    return Transient(f"{type(error).__name__}: {str(error)[:500]}")


Body = Callable[[Session, Sequence[Claim]], Sequence[Outcome]]
Lock = Callable[[Session, Sequence[int]], object]


def run_database(step: Step, lock: Lock, body: Body, keys: Sequence[Key]) -> list[Next]:
    """Runs a pure database step: lock, claim, body and finish in ONE transaction for all keys; one by one if it fails.

    lock takes the subjects' own locks (publications by id) before any work row is locked.
    """
    if not keys:
        return []
    try:
        return _patiently(lambda: _database(step, lock, body, keys))
    except Exception:
        log.exception("batch failed", step=step, keys=list(keys))
        return [item for key in keys for item in _database_alone(step, lock, body, key)]


def _database(step: Step, lock: Lock, body: Body, keys: Sequence[Key]) -> list[Next]:
    with transaction() as session:
        # Kept by name: the session holds its objects weakly, and the body would read each of them again.
        _locked = lock(session, sorted({subject for subject, _ in keys}))
        claims = work.claim(session, step, keys, get_settings().lease_seconds)
        if not claims:
            return []
        started = time.monotonic()
        with trace.at_work([held.trace_id for held in claims]):
            ends = list(zip(claims, body(session, claims), strict=True))
        seconds = (time.monotonic() - started) / len(claims)
        _end(session, ends, seconds)
        stage = STEPS[step].stage
        done = [held for held, end in ends if end.state is State.DONE and end.error is None]
        step_metrics.count_steps(session, step, [StepMeasurement(held, stage, "ok", seconds) for held in done if stage])
    step_log.log_steps(step, ends, seconds)
    return [item for _, end in ends for item in end.nexts]


def _database_alone(step: Step, lock: Lock, body: Body, key: Key) -> list[Next]:
    try:
        return _database(step, lock, body, [key])
    except Exception as error:
        log.exception("step failed", step=step, key=key)
        _fail_unclaimed(step, key, error)
        return []


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

"""The one runner.

A step with outside I/O is claim, perform (no session open), finish; a database step is one transaction.
Locks are taken in the order channel, publication, post media, work row, so that no two steps wait for each other.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.flow import Key, Next
from app.domain.kinds import State, Step
from app.errors import MediaAuditError, Transient
from app.pipeline import work
from app.pipeline.work import Claim
from app.settings import get_settings

log = structlog.get_logger()

I = TypeVar("I")  # noqa: E741 - input and output of a step, as in its Protocol
O = TypeVar("O")  # noqa: E741


@dataclass(frozen=True)
class Ready:
    """load's answer when nothing is left to perform: the row ends in `state` at once."""

    nexts: tuple[Next, ...] = ()
    state: State = State.DONE
    reason: str | None = None


@dataclass(frozen=True)
class Finish:
    """finish's answer: what comes next, and the row's state. delay: seconds until it is due again (DUE only)."""

    nexts: tuple[Next, ...] = ()
    state: State = State.DONE
    reason: str | None = None
    delay: float = 0.0


class Outside(ABC, Generic[I, O]):
    """A step with outside I/O."""

    step: Step
    chunk: int = 1  # how many keys are performed together

    @abstractmethod
    def load(self, session: Session, held: Claim) -> I | Ready:
        """Reads what perform needs into plain values, in the claim's transaction; MediaAuditError ends the row."""

    @abstractmethod
    def perform(self, inputs: Sequence[I]) -> Sequence[O | MediaAuditError]:
        """Does the outside work; no session is open. One answer for each input, failures as values."""

    @abstractmethod
    def finish(self, session: Session, held: Claim, given: I, result: O) -> Finish:
        """Writes the result, in the transaction that ends the lease."""

    def lock(self, session: Session, given: I) -> None:
        """Locks the rows that finish will write, before the work row is locked."""
        return

    def failed(self, session: Session, held: Claim, given: I, error: MediaAuditError) -> Finish | None:
        """What a failure means: a Finish of its own, or None for the verdict of domain.retries."""
        return None


@dataclass
class _Performed(Generic[I, O]):
    held: Claim
    given: I
    result: O | MediaAuditError
    seconds: float


def run_outside(step: Outside[I, O], keys: Sequence[Key]) -> list[Next]:
    """Runs a step for the keys that are due; everything returned is committed and may be published."""
    nexts: list[Next] = []
    for part in _chunks(keys, step.chunk):
        loaded = _claim(step, part, nexts)
        if loaded:
            _finish(step, _perform(step, loaded), nexts)
    return nexts


def _claim(step: Outside[I, O], keys: Sequence[Key], nexts: list[Next]) -> list[tuple[Claim, I]]:
    settings = get_settings()
    loaded: list[tuple[Claim, I]] = []
    with transaction() as session:
        for held in work.claim(session, step.step, keys, settings.lease_seconds):
            try:
                given = step.load(session, held)
            except MediaAuditError as error:
                work.fail(session, held, error, settings.max_attempts)
                continue
            if isinstance(given, Ready):
                work.finish(session, held, given.state, reason=given.reason)
                nexts.extend(given.nexts)
            else:
                loaded.append((held, given))
    return loaded


def _perform(step: Outside[I, O], loaded: Sequence[tuple[Claim, I]]) -> list[_Performed[I, O]]:
    started = time.monotonic()
    results: Sequence[O | MediaAuditError]
    try:
        results = step.perform([given for _, given in loaded])
    except MediaAuditError as error:
        results = [error] * len(loaded)
    except Exception as error:
        log.exception("step failed", step=step.step, keys=[held.key for held, _ in loaded])
        results = [unexpected(error)] * len(loaded)
    seconds = (time.monotonic() - started) / len(loaded)
    return [_Performed(held, given, result, seconds) for (held, given), result in zip(loaded, results, strict=True)]


def _finish(step: Outside[I, O], done: Sequence[_Performed[I, O]], nexts: list[Next]) -> None:
    try:
        with transaction() as session:
            together = [item for one in done for item in _finish_one(step, session, one)]
        nexts.extend(together)
    except Exception:
        # One bad row must not take its neighbours with it: each again by itself.
        log.exception("batch not stored", step=step.step, keys=[one.held.key for one in done])
        for one in done:
            nexts.extend(_finish_alone(step, one))


def _finish_alone(step: Outside[I, O], one: _Performed[I, O]) -> list[Next]:
    try:
        with transaction() as session:
            return list(_finish_one(step, session, one))
    except Exception as error:
        log.exception("result not stored", step=step.step, key=one.held.key)
        with transaction() as session:
            work.fail(session, one.held, unexpected(error), get_settings().max_attempts, one.seconds)
        return []


def unexpected(error: Exception) -> Transient:
    """A bug of ours or of a library as a reason: tried again, dead in the end, never in silence."""
    return Transient(f"{type(error).__name__}: {str(error)[:500]}")


def _finish_one(step: Outside[I, O], session: Session, one: _Performed[I, O]) -> Iterator[Next]:
    """Writes one result; the row lock and token of its work decide whether it counts at all."""
    step.lock(session, one.given)
    if not work.held(session, one.held):
        log.info("late result dropped", step=step.step, key=one.held.key)
        return
    outcome = _outcome(step, session, one)
    if outcome is None:
        assert isinstance(one.result, MediaAuditError)
        work.fail(session, one.held, one.result, get_settings().max_attempts, one.seconds)
        return
    work.finish(session, one.held, outcome.state, reason=outcome.reason, seconds=one.seconds, delay=outcome.delay)
    yield from outcome.nexts


def _outcome(step: Outside[I, O], session: Session, one: _Performed[I, O]) -> Finish | None:
    if not isinstance(one.result, MediaAuditError):
        return step.finish(session, one.held, one.given, one.result)
    return step.failed(session, one.held, one.given, one.result)


Body = Callable[[Session, Claim], Finish]
Lock = Callable[[Session, Sequence[int]], None]


def run_database(step: Step, lock: Lock, body: Body, keys: Sequence[Key]) -> list[Next]:
    """Runs a pure database step: lock, claim, body and finish in ONE transaction for all keys; one by one if it fails.

    lock takes the subjects' own locks (publications by id) before any work row is locked.
    """
    try:
        return _database(step, lock, body, keys)
    except Exception:
        log.exception("batch failed", step=step, keys=list(keys))
        return [item for key in keys for item in _database_alone(step, lock, body, key)]


def _database(step: Step, lock: Lock, body: Body, keys: Sequence[Key]) -> list[Next]:
    nexts: list[Next] = []
    with transaction() as session:
        lock(session, sorted({subject for subject, _ in keys}))
        for held in work.claim(session, step, keys, get_settings().lease_seconds):
            started = time.monotonic()
            done = body(session, held)
            seconds = time.monotonic() - started
            work.finish(session, held, done.state, reason=done.reason, seconds=seconds, delay=done.delay)
            nexts.extend(done.nexts)
    return nexts


def _database_alone(step: Step, lock: Lock, body: Body, key: Key) -> list[Next]:
    try:
        return _database(step, lock, body, [key])
    except Exception as error:
        log.exception("step failed", step=step, key=key)
        with transaction() as session:
            for held in work.claim(session, step, [key], get_settings().lease_seconds):
                work.fail(session, held, unexpected(error), get_settings().max_attempts)
        return []


def _chunks(keys: Sequence[Key], size: int) -> Iterator[Sequence[Key]]:
    unique = list(dict.fromkeys(keys))
    for start in range(0, len(unique), size):
        yield unique[start : start + size]

"""The base class of a step with external I/O: load, perform, finish."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Generic

import structlog
from sqlalchemy.orm import Session

from app import trace
from app.domain.kinds import Step
from app.domain.steps import STEPS, Stage
from app.errors import MediaAuditError, unexpected
from app.metrics import Media
from app.pipeline.engine.outcomes import EarlyOutcome, I, O, Outcome, Performed
from app.pipeline.engine.work import Claim

log = structlog.get_logger()


class ExternalStep(ABC, Generic[I, O]):
    """A step with external I/O, run by external_runner.

    Steps with many small subjects override load_all and finish_all, so that a batch costs few statements.
    """

    step: Step
    chunk: int = 1  # number of keys performed together
    wary: bool = False  # rows with a failed attempt are performed alone: one may kill its process
    lease: float | None = None  # seconds; None: the setting LEASE_SECONDS

    def load(self, session: Session, held: Claim) -> I | EarlyOutcome:
        """Loads the input of perform as plain values, in the claim's transaction; MediaAuditError ends the row."""
        raise NotImplementedError

    def load_all(self, session: Session, claims: Sequence[Claim]) -> Sequence[I | EarlyOutcome | MediaAuditError]:
        """Calls load for each claim; returns failures as values."""
        return [self._load(session, held) for held in claims]

    def _load(self, session: Session, held: Claim) -> I | EarlyOutcome | MediaAuditError:
        try:
            return self.load(session, held)
        except MediaAuditError as error:
            return error

    @abstractmethod
    def perform(self, inputs: Sequence[I]) -> Sequence[O | MediaAuditError]:
        """Does the external I/O; no session is open. Returns one answer for each input, failures as values."""

    def lock(self, session: Session, inputs: Sequence[I]) -> None:
        """Locks the rows that finish will write, before the work rows are locked."""
        return

    def finish(self, session: Session, held: Claim, given: I, result: O) -> Outcome:
        """Stores one result, in the transaction that ends its lease."""
        raise NotImplementedError

    def finish_all(self, session: Session, done: Sequence[Performed[I, O]]) -> Sequence[Outcome]:
        """Calls finish for each result."""
        return [self.finish(session, one.held, one.given, one.result) for one in done]

    def dropped(self, session: Session, held: Claim, given: I, result: O | MediaAuditError) -> None:
        """Keeps the useful part of a result that came after its lease ended; by default nothing."""
        return

    def failed(self, session: Session, held: Claim, given: I, error: MediaAuditError) -> Outcome | None:
        """Decides on a failure: an Outcome of the step's own, or None for the verdict of domain.retries."""
        return None

    def stage(self, given: I) -> Stage | None:
        """The stage label under which metrics count the row; None: not counted."""
        return STEPS[self.step].stage

    def media(self, given: I) -> Media | None:
        """The media label of the metrics, if the input tells it; None: a query looks it up."""
        return None

    def before(self, given: I) -> float:
        """Seconds of work that earlier leases spent on the same result."""
        return 0.0


def each(action: Callable[[I], O], inputs: Sequence[I]) -> list[O | MediaAuditError]:
    """Performs independent subjects one by one: a failure is the answer for its own subject alone."""
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

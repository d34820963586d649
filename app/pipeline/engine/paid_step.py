"""A step whose work is a paid call: reserve, ask, store the raw answer, settle; then interpret, and repair once.

Each lease of a row is for one state of it (paid_states): a call is made by one lease, its answer is committed before
anything interprets it, and the next lease goes on from the stored answers. So a crash costs at most the call that was
under way, and that one is known: its entry in the ledger is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from threading import Event

import structlog
from sqlalchemy.orm import Session

from app.domain.budget import Limits
from app.domain.flow import Key, Next
from app.domain.reading import RawAnswer
from app.domain.steps import Stage
from app.errors import MediaAuditError, unexpected
from app.metrics import Media
from app.pipeline.engine import reschedule
from app.pipeline.engine.billable import A, Billable, G, Q
from app.pipeline.engine.external_runner import run_rows
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome, Performed
from app.pipeline.engine.paid_claim import PaidClaim
from app.pipeline.engine.paid_failures import PaidFailures
from app.pipeline.engine.paid_settle import Settlement
from app.pipeline.engine.paid_states import Ask, AskFree, Interpret, Paid, PaidState, Perform, Repair
from app.pipeline.engine.server_lessons import server_lessons
from app.pipeline.engine.work import Claim
from app.ports import PaidModel
from app.settings import GRACE

log = structlog.get_logger()


class PaidStep(ExternalStep[PaidState[G, Q], RawAnswer | A]):
    """Runs the work of a free step with a model and its budget, one row for each lease."""

    def __init__(self, billable: Billable[G, Q, A], model: PaidModel[Q, A], limits: Limits, seconds: float) -> None:
        """seconds: deadline of one call."""
        self._free, self._model = billable.free, model
        self.step = self._free.step
        self.lease = seconds + GRACE
        self._claim = PaidClaim(billable, model, limits, self.lease)
        self._calls = Settlement(self.step, model)
        self._failures = PaidFailures(billable, self._calls)

    def load(self, session: Session, held: Claim) -> PaidState[G, Q] | EarlyOutcome:
        [given] = self._free.load_all(session, [held])
        if isinstance(given, MediaAuditError):
            raise given
        if isinstance(given, EarlyOutcome):
            return given
        server_lessons().read(session)
        return self._claim.state(session, held, given)

    def perform(self, inputs: Sequence[PaidState[G, Q]]) -> list[RawAnswer | A | MediaAuditError]:
        [given] = inputs
        match given:
            case Perform():
                return list(self._free.perform([given.given]))
            case Interpret():
                return [self._model.interpret(given.question.about, given.answers)]
            case AskFree() | Ask() | Repair():
                return [self._call(given)]

    def _call(self, given: AskFree[G, Q] | Paid[G, Q]) -> RawAnswer:
        try:
            if isinstance(given, Repair):
                return self._model.repair(given.answer, given.problem)
            return self._model.ask(given.question.about)
        except MediaAuditError:
            raise
        except Exception as error:
            # A bug before the request: the port turns each one after it into Unanswered.
            log.exception("a paid call was not made", step=self.step)
            raise unexpected(error) from error

    def lock(self, session: Session, inputs: Sequence[PaidState[G, Q]]) -> None:
        self._free.lock(session, [one.given for one in inputs])

    def finish(self, session: Session, held: Claim, given: PaidState[G, Q], result: RawAnswer | A) -> Outcome:
        match given:
            case Perform() | Interpret():
                assert not isinstance(result, RawAnswer)
                [end] = self._free.finish_all(session, [Performed(held, given.given, result, self.before(given))])
                return end
            case AskFree() | Ask() | Repair():
                assert isinstance(result, RawAnswer)
                answered = self._calls.answered(session, given, result)
                server_lessons().write(session)
                return answered

    def stage(self, given: PaidState[G, Q]) -> Stage | None:
        return self._free.stage(given.given)

    def media(self, given: PaidState[G, Q]) -> Media | None:
        return self._free.media(given.given)

    def before(self, given: PaidState[G, Q]) -> float:
        """Seconds of the stored answers, which came under leases of their own."""
        match given:
            case Interpret():
                return sum(answer.seconds for answer in given.answers)
            case Repair():
                return given.answer.seconds
            case Perform() | AskFree() | Ask():
                return 0.0

    def dropped(
        self, session: Session, held: Claim, given: PaidState[G, Q], result: RawAnswer | A | MediaAuditError
    ) -> None:
        """Keeps the result of a call that was made, although its lease is over."""
        if isinstance(given, Ask | Repair):
            self._calls.keep_late(session, held, given, result)
            server_lessons().write(session)

    def failed(self, session: Session, held: Claim, given: PaidState[G, Q], error: MediaAuditError) -> Outcome | None:
        outcome = self._failures.outcome(session, held, given, error)
        server_lessons().write(session)
        return outcome


# Set while this process is told to end: a call that begins now might not end before the process does.
stopping = Event()


def run_paid(step: PaidStep[G, Q, A], keys: Sequence[Key]) -> list[Next]:
    """Runs all states of each key in order, as far as they can follow at once; the other rows stay due."""
    nexts: list[Next] = []
    for key in keys:
        waiting = [key]
        while waiting and not stopping.is_set():
            ran = run_rows(step, waiting)
            nexts.extend(ran.nexts)
            waiting = ran.again
        if waiting:
            reschedule.postpone(step.step, waiting)
    return nexts

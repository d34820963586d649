"""Settles a paid call, in the transaction of finish: ends it in the ledger, counts it and stores its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from sqlalchemy.orm import Session

from app.domain.kinds import State, Step
from app.domain.reading import RawAnswer
from app.errors import MediaAuditError, Unanswered
from app.metrics import Status
from app.pipeline.engine import erased_work, ledger, raw_answers, reschedule, step_metrics
from app.pipeline.engine.billable import A, G, Q
from app.pipeline.engine.ledger import Reservation
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.paid_states import AskFree, Paid
from app.pipeline.engine.work import Claim
from app.ports import PaidModel


@dataclass(frozen=True)
class Settlement(Generic[Q, A]):
    """The calls of one step to one model."""

    step: Step
    model: PaidModel[Q, A]

    def answered(self, session: Session, given: AskFree[G, Q] | Paid[G, Q], raw: RawAnswer) -> Outcome:
        """Stores an answer; the row goes on at once."""
        if not isinstance(given, AskFree):
            self.settle(session, given.reservation, raw)
        return self.keep(session, given, raw)

    def keep(self, session: Session, given: AskFree[G, Q] | Paid[G, Q], raw: RawAnswer) -> Outcome:
        """Stores an answer that cost nothing or is settled already; the row goes on at once."""
        reservation = None if isinstance(given, AskFree) else given.reservation
        raw_answers.store(session, given.question.key, raw, reservation)
        return Outcome((), State.DUE, again=True)

    def keep_late(
        self, session: Session, held: Claim, given: Paid[G, Q], result: RawAnswer | A | MediaAuditError
    ) -> None:
        """Keeps the result of a call whose lease is over: it is paid for, and may spare the next call.
        Nothing is kept about a subject that was forgotten meanwhile but what the call cost."""
        if not isinstance(result, Unanswered):
            reschedule.reopen(session, held)
        if isinstance(result, RawAnswer | MediaAuditError):
            self.settle(session, given.reservation, result)
        if isinstance(result, RawAnswer) and not erased_work.is_erased(session, held.id):
            raw_answers.store(session, given.question.key, result, given.reservation)

    def settle(self, session: Session, call: Reservation, end: RawAnswer | MediaAuditError) -> int:
        """Settles a call in the ledger and counts it. Returns the provider's number of consecutive failures."""
        if isinstance(end, RawAnswer):
            ledger.settle(session, call, end.tokens)
            self._count(session, self._status(end), end.tokens or call.price)
            return 0
        # A call that may still have been charged counts at its reserved price, here as in the ledger.
        self._count(session, end, call.price if isinstance(end, Unanswered) else 0)
        return ledger.settle_error(session, call, end)

    def _count(self, session: Session, end: Status | MediaAuditError, tokens: int) -> None:
        if self.step is Step.ANALYZE:
            step_metrics.asked(session, self.model.provider, end, self.model.model, tokens)

    def _status(self, raw: RawAnswer) -> Status:
        if raw.refusal is not None:
            return "refused"
        if not raw.text.strip():
            return "no_answer"
        return "partial" if raw.purpose == "read" and self.model.problem(raw) is not None else "ok"

"""The verdict on a failed lease of paid work: an answer of its own, an end, or another try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from sqlalchemy.orm import Session

from app.domain.breaker import THRESHOLD, pause_after
from app.domain.budget import LONG
from app.domain.kinds import State
from app.domain.reading import RawAnswer
from app.domain.retries import after
from app.errors import (
    Declined,
    MediaAuditError,
    Misconfigured,
    OutOfCredit,
    Permanent,
    RateLimited,
    Refused,
    Skip,
    Transient,
    Unanswered,
    Unavailable,
)
from app.pipeline.engine.billable import A, Billable, G, Q
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.paid_claim import UNKNOWN
from app.pipeline.engine.paid_settle import Settlement
from app.pipeline.engine.paid_states import Ask, PaidState, Repair
from app.pipeline.engine.work import Claim
from app.settings import get_settings


@dataclass(frozen=True)
class PaidFailures(Generic[G, Q, A]):
    """What a failure of one step means."""

    billable: Billable[G, Q, A]
    calls: Settlement[Q, A]

    def outcome(self, session: Session, held: Claim, given: PaidState[G, Q], error: MediaAuditError) -> Outcome | None:
        """Settles the call of the state, if it makes one; None for the verdict of domain.retries."""
        failures = 0  # of the provider, in a row
        if isinstance(given, Ask | Repair):
            failures = self.calls.settle(session, given.reservation, error)
            if answer := self._as_answer(held, given, error):
                return self.calls.keep(session, given, answer)
        if isinstance(error, Permanent | Skip) and not isinstance(error, Misconfigured):
            return self.billable.free.failed(session, held, given.given, error)
        return self._later(session, held, given, error, failures)

    def _as_answer(self, held: Claim, given: Ask[G, Q] | Repair[G, Q], error: MediaAuditError) -> RawAnswer | None:
        """The answer that is stored for a call which will have no other."""
        match given:
            case Ask() if isinstance(error, Refused):
                # As an answer: a question that was refused once is not asked again by a later row.
                about = self.calls.model.about(given.question.about)
                return RawAnswer(about=about, model=self.calls.model.model, text="", refusal=error.reason)
            case Repair(answer=raw) if _gives_up(held, error):
                # Stands for a repair that will not come: the valid part of the first answer counts.
                finish = f"none: {error}"[:300]
                return RawAnswer(about=raw.about, purpose="repair", model=raw.model, text="", finish=finish)
        return None

    def _later(
        self, session: Session, held: Claim, given: PaidState[G, Q], error: MediaAuditError, failures: int
    ) -> Outcome:
        if isinstance(error, Unanswered) and get_settings().unanswered == "hold":
            nexts = self.billable.meanwhile(session, held, given.given)
            return Outcome(nexts, State.UNKNOWN, f"{error}; {UNKNOWN}")
        if isinstance(error, RateLimited) and (error.retry_after or 0.0) > LONG:
            nexts = self.billable.meanwhile(session, held, given.given)
            return Outcome(nexts, State.WAITING, error.reason, error.retry_after or LONG, untried=True)
        state = _verdict(held, error)
        if isinstance(error, Unavailable | Unanswered):
            if isinstance(given, Ask | Repair) and given.reservation.trial:
                # The provider's failure, not the file's.
                return Outcome((), error=Transient(error.reason, error.retry_after, charge=False))
            if state is State.DEAD and failures >= held.attempts:
                # No other row was answered meanwhile: the file has had no fair try yet.
                nexts = self.billable.meanwhile(session, held, given.given)
                return Outcome(nexts, State.WAITING, error.reason, pause_after(max(failures, THRESHOLD)), untried=True)
        nexts = () if state is State.DUE else self.billable.meanwhile(session, held, given.given)
        return Outcome(nexts, error=error)


def _gives_up(held: Claim, error: MediaAuditError) -> bool:
    """Whether no repair will come: the valid part of the first answer counts."""
    if isinstance(error, Misconfigured | OutOfCredit):
        return False
    return isinstance(error, Permanent | Skip | Unanswered | Declined) or _verdict(held, error) is State.DEAD


def _verdict(held: Claim, error: MediaAuditError) -> State:
    return after(error, held.attempts, get_settings().max_attempts, 0.0).state

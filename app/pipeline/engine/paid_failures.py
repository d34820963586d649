"""Decides on a failed lease of paid work: it becomes a stored answer, ends, waits or is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from sqlalchemy.orm import Session

from app.domain.breaker import THRESHOLD, pause_after
from app.domain.budget import LONG
from app.domain.kinds import State
from app.domain.reading import RawAnswer
from app.errors import (
    Declined,
    MediaAuditError,
    Misconfigured,
    NoAnswer,
    OutOfCredit,
    Permanent,
    RateLimited,
    Refused,
    Skip,
    Transient,
    Unanswered,
    Unavailable,
)
from app.pipeline.engine import ledger
from app.pipeline.engine.billable import A, Billable, G, Q
from app.pipeline.engine.lease_ends import verdict_on
from app.pipeline.engine.outcomes import Outcome
from app.pipeline.engine.paid_claim import UNKNOWN
from app.pipeline.engine.paid_settle import Settlement
from app.pipeline.engine.paid_states import Ask, Interpret, PaidState, Repair
from app.pipeline.engine.work import Claim
from app.settings import get_settings


@dataclass(frozen=True)
class PaidFailures(Generic[G, Q, A]):
    """Verdicts on the failures of one step."""

    billable: Billable[G, Q, A]
    calls: Settlement[Q, A]

    def outcome(self, session: Session, held: Claim, given: PaidState[G, Q], error: MediaAuditError) -> Outcome | None:
        """Settles the call of the state, if it makes one, and decides; None for the verdict of domain.retries."""
        failures = 0  # consecutive ones, of the provider
        if isinstance(given, Ask | Repair):
            failures = self.calls.settle(session, given.reservation, error)
            if answer := self._as_answer(held, given, error):
                return self.calls.keep(session, given, answer)
        if isinstance(given, Interpret) and isinstance(error, NoAnswer):
            ledger.said_nothing(session, given.question.key, error.reason)
        if isinstance(error, Permanent | Skip) and not isinstance(error, Misconfigured):
            return self.billable.free.failed(session, held, given.given, error)
        return self._later(session, held, given, error, failures)

    def _as_answer(self, held: Claim, given: Ask[G, Q] | Repair[G, Q], error: MediaAuditError) -> RawAnswer | None:
        """Returns the answer to store for a call that will have no other."""
        match given:
            case Ask() if isinstance(error, Refused):
                # Stored as an answer, so that no later row asks a refused question again.
                about = self.calls.model.about(given.question.about)
                return RawAnswer(about=about, model=self.calls.model.model, text="", refusal=error.reason)
            case Repair(answer=raw) if _gives_up(held, error):
                # Replaces a repair that will not come: the valid part of the first answer counts.
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
        state = verdict_on(held, error).state
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
    return isinstance(error, Permanent | Skip | Unanswered | Declined) or verdict_on(held, error).state is State.DEAD

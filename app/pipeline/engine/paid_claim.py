"""Decides, in the claim's transaction, the state of a row of paid work, and reserves the call that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from sqlalchemy.orm import Session

from app.domain.budget import Limits, Refusal
from app.domain.kinds import State, Turn
from app.pipeline.engine import ledger, raw_answers, reschedule
from app.pipeline.engine.answer_key import AnswerKey
from app.pipeline.engine.billable import SOON, A, Billable, G, Q
from app.pipeline.engine.ledger import Purchase, Reservation
from app.pipeline.engine.outcomes import EarlyOutcome
from app.pipeline.engine.paid_states import Ask, AskFree, Interpret, PaidState, Perform, Question, Repair
from app.pipeline.engine.work import Claim
from app.ports import PaidModel
from app.settings import get_settings

UNKNOWN = "the end of a paid call is not known, and it is not repeated (UNANSWERED=hold)"


@dataclass(frozen=True)
class PaidClaim(Generic[G, Q, A]):
    """The claim of a paid step. lease: seconds; an older call without an end was lost with its process."""

    billable: Billable[G, Q, A]
    model: PaidModel[Q, A]
    limits: Limits
    lease: float

    def state(self, session: Session, held: Claim, given: G) -> PaidState[G, Q] | EarlyOutcome:
        """Returns the row's state with its call reserved, or an early outcome if no call may be made now."""
        found = self.billable.question(given)
        if found is None:
            return Perform(given)
        about, key = found
        question = Question(about, AnswerKey(held.step, held.subject_id, key))
        earlier = ledger.earlier_calls(session, question.key, self.lease)
        if earlier.open:
            return EarlyOutcome((), State.DUE, None, SOON)
        held_back = earlier.unknown if get_settings().unanswered == "hold" else set()
        answers = raw_answers.stored(session, question.key)
        if not answers:
            return self._ask(session, held, given, question, unknown=False in held_back)
        problem = self.model.problem(answers[0]) if len(answers) == 1 else None
        if problem is None or True in held_back:
            return Interpret(given, question, answers)
        call = self._reserve(session, held, given, self._repair(held, question))
        return call if isinstance(call, EarlyOutcome) else Repair(given, question, answers[0], problem, call)

    def _ask(
        self, session: Session, held: Claim, given: G, question: Question[Q], *, unknown: bool
    ) -> Ask[G, Q] | AskFree[G, Q] | EarlyOutcome:
        """Reserves the first call. unknown: an earlier call ended in an unknown way and must not be repeated."""
        if unknown:
            return EarlyOutcome(self.billable.meanwhile(session, held, given), State.UNKNOWN, UNKNOWN)
        if spared := self.billable.spared(session, held):
            return spared
        price = self.model.estimate(question.about)
        if not price:
            return AskFree(given, question)
        call = self._reserve(session, held, given, self._purchase(held, question, price))
        return call if isinstance(call, EarlyOutcome) else Ask(given, question, call)

    def _repair(self, held: Claim, question: Question[Q]) -> Purchase:
        return self._purchase(held, question, self.model.estimate_repair(), repair=True)

    def _purchase(self, held: Claim, question: Question[Q], price: int, *, repair: bool = False) -> Purchase:
        return Purchase(
            provider=self.model.provider,
            model=self.model.model,
            purpose=ledger.PURPOSES[held.step],
            key=question.key.key,
            price=price,
            repair=repair,
            bulk=held.turn > Turn.LIVE,
        )

    def _reserve(self, session: Session, held: Claim, given: G, wanted: Purchase) -> Reservation | EarlyOutcome:
        call = ledger.reserve(session, held, wanted, self.limits)
        return self._refused(session, held, given, call) if isinstance(call, Refusal) else call

    def _refused(self, session: Session, held: Claim, given: G, refusal: Refusal) -> EarlyOutcome:
        nexts = self.billable.meanwhile(session, held, given) if refusal.lasting else ()
        # A row with a substitute holds up no other work. Other rows stay due while the outage may end soon.
        waits = refusal.waits or (self.billable.substitutes and bool(nexts))
        if refusal.waits:
            reschedule.demote_to_history(session, held)
        state = State.WAITING if waits else State.DUE
        return EarlyOutcome(nexts, state, refusal.reason if waits else None, refusal.delay)

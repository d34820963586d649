"""A step whose work is a paid call: reserve, ask, store the raw answer, settle; then interpret, and repair once.

Each passage of a row is one of them: a call is made by one lease, its answer is committed before anybody looks into it,
and the next passage goes on from what is stored. So a crash costs at most the call that was under way, and that one is
known: its entry in the ledger is open.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event
from typing import ClassVar, Generic, TypeVar

import structlog
from sqlalchemy.orm import Session

from app.domain.breaker import THRESHOLD, pause_after
from app.domain.budget import LONG, Limits, Refusal
from app.domain.flow import Key, Next
from app.domain.kinds import State, Step, Turn
from app.domain.reading import RawAnswer
from app.domain.retries import after
from app.domain.steps import Stage
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
from app.metrics import Status
from app.pipeline.engine import ledger, raw_answers, reschedule, step_metrics
from app.pipeline.engine.answer_key import AnswerKey
from app.pipeline.engine.external_runner import run_rows
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.ledger import EarlierCalls, Purchase, Reservation
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome, Performed
from app.pipeline.engine.work import Claim
from app.ports import PaidModel
from app.settings import GRACE, get_settings

log = structlog.get_logger()

G = TypeVar("G")  # what the step's own load gives
Q = TypeVar("Q")  # what the model is asked about
A = TypeVar("A")  # what an answer comes to

SOON = 2.0  # seconds until a question is looked at again that somebody is just asking
UNKNOWN = "the end of a paid call is not known, and it is not repeated (UNANSWERED=hold)"


class BillableStep(ExternalStep[G, A], Generic[G, Q, A]):
    """A step as it would be without money: what it asks about, and what else it does when nobody answers."""

    substitutes: ClassVar[bool] = False  # whether `meanwhile` names somebody who does the same work

    @abstractmethod
    def question(self, given: G) -> tuple[Q, str] | None:
        """(what is asked about, the key of its answers); None when there is nothing to ask: perform does it."""

    def spared(self, session: Session, held: Claim) -> EarlyOutcome | None:
        """What becomes of the work when there is no need to pay for it, or not yet."""
        return None

    def meanwhile(self, session: Session, held: Claim, given: G) -> tuple[Next, ...]:
        """What goes on while this work waits, or after it was given up; in its transaction. Safe to repeat."""
        return ()


@dataclass(frozen=True)
class Passage(Generic[G, Q]):
    """What one lease is for. call None: nothing is paid, what is stored is interpreted."""

    given: G
    asked: Q | None
    shelf: AnswerKey | None = None
    known: tuple[RawAnswer, ...] = ()
    call: Reservation | None = None
    problem: str | None = None  # that the call is to repair


class PaidStep(ExternalStep[Passage[G, Q], RawAnswer | A]):
    """Runs a Buyer with its model and its budget, one row a lease."""

    def __init__(self, buyer: BillableStep[G, Q, A], model: PaidModel[Q, A], limits: Limits, seconds: float) -> None:
        """seconds: deadline of one call."""
        self.step = buyer.step
        self.lease = self._seconds = seconds + GRACE
        self._buyer, self._model, self._limits = buyer, model, limits

    # Claim

    def load(self, session: Session, held: Claim) -> Passage[G, Q] | EarlyOutcome:
        [given] = self._buyer.load_all(session, [held])
        if isinstance(given, MediaAuditError):
            raise given
        if isinstance(given, EarlyOutcome):
            return given
        question = self._buyer.question(given)
        if question is None:
            return Passage(given, None)
        asked, key = question
        shelf = AnswerKey(self.step, held.subject_id, key)
        earlier = ledger.earlier_calls(session, shelf, self._seconds)
        if earlier.open:
            return EarlyOutcome((), State.DUE, None, SOON)
        return self._next(session, held, Passage(given, asked, shelf, raw_answers.stored(session, shelf)), earlier)

    def _next(
        self, session: Session, held: Claim, passage: Passage[G, Q], earlier: EarlierCalls
    ) -> Passage[G, Q] | EarlyOutcome:
        """The passage with the call that it needs; without one where what is stored suffices, or nobody is asked."""
        assert passage.asked is not None
        held_back = earlier.unknown if get_settings().unanswered == "hold" else set()
        if not passage.known:
            if False in held_back:
                return EarlyOutcome(self._buyer.meanwhile(session, held, passage.given), State.UNKNOWN, UNKNOWN)
            if spared := self._buyer.spared(session, held):
                return spared
            price = self._model.estimate(passage.asked)
            return self._with_call(session, held, passage, price) if price else passage
        problem = self._model.problem(passage.known[0]) if len(passage.known) == 1 else None
        if problem is None or True in held_back:
            return passage
        return self._with_call(session, held, passage, self._model.estimate_repair(), problem)

    def _with_call(
        self, session: Session, held: Claim, passage: Passage[G, Q], price: int, problem: str | None = None
    ) -> Passage[G, Q] | EarlyOutcome:
        wanted = Purchase(
            provider=self._model.provider,
            model=self._model.model,
            purpose="tags" if self.step is Step.TAG else "vision",
            key=passage.shelf.key if passage.shelf else "",
            price=price,
            repair=problem is not None,
            bulk=held.turn > Turn.LIVE,
        )
        call = ledger.reserve(session, held, wanted, self._limits)
        if isinstance(call, Refusal):
            return self._refused(session, held, passage.given, call)
        return Passage(passage.given, passage.asked, passage.shelf, passage.known, call, problem)

    def _refused(self, session: Session, held: Claim, given: G, refusal: Refusal) -> EarlyOutcome:
        nexts = self._buyer.meanwhile(session, held, given) if refusal.lasting else ()
        # Who has somebody else to do it holds up nobody; the rest is due as long as the outage may end soon.
        waits = refusal.waits or (self._buyer.substitutes and bool(nexts))
        if refusal.waits:
            reschedule.demote_to_history(session, held)
        state = State.WAITING if waits else State.DUE
        return EarlyOutcome(nexts, state, refusal.reason if waits else None, refusal.delay)

    # Perform

    def perform(self, inputs: Sequence[Passage[G, Q]]) -> list[RawAnswer | A | MediaAuditError]:
        [passage] = inputs
        if passage.asked is None:
            return list(self._buyer.perform([passage.given]))
        if passage.call is None and passage.known:
            return [self._model.interpret(passage.asked, passage.known)]
        try:
            if passage.problem is not None:
                return [self._model.repair(passage.known[0], passage.problem)]
            return [self._model.ask(passage.asked)]
        except MediaAuditError:
            raise
        except Exception as error:
            # A bug, of ours or of a library: the question may have gone out, and another try may be paid again.
            log.exception("a paid call was not understood", step=self.step)
            raise Unanswered(f"{type(error).__name__}: {str(error)[:500]}") from error

    # Finish

    def lock(self, session: Session, inputs: Sequence[Passage[G, Q]]) -> None:
        self._buyer.lock(session, [passage.given for passage in inputs])

    def finish(self, session: Session, held: Claim, given: Passage[G, Q], result: RawAnswer | A) -> Outcome:
        if isinstance(result, RawAnswer):
            if given.call is not None:
                self._settle(session, given.call, result)
            return self._keep(session, given, result)
        [end] = self._buyer.finish_all(session, [Performed(held, given.given, result, self.before(given))])
        return end

    def stage(self, given: Passage[G, Q]) -> Stage | None:
        return self._buyer.stage(given.given)

    def before(self, given: Passage[G, Q]) -> float:
        """The answers that are interpreted now came in passages of their own."""
        return sum(answer.seconds for answer in given.known)

    def _settle(self, session: Session, call: Reservation, end: RawAnswer | MediaAuditError) -> int:
        """Settles a call in the ledger and counts it; the provider's failures in a row."""
        if isinstance(end, RawAnswer):
            ledger.settle(session, call, end.tokens)
            self._count(session, self._status(end), end.tokens or call.price)
            return 0
        # What may have been charged all the same counts as reserved, here as there.
        self._count(session, end, call.price if isinstance(end, Unanswered) else 0)
        return ledger.settle_error(session, call, end)

    def _count(self, session: Session, end: Status | MediaAuditError, tokens: int) -> None:
        if self.step is Step.ANALYZE:
            step_metrics.asked(session, self._model.provider, end, self._model.model, tokens)

    def _status(self, raw: RawAnswer) -> Status:
        if raw.refusal is not None:
            return "refused"
        return "partial" if raw.purpose == "read" and self._model.problem(raw) is not None else "ok"

    def _keep(self, session: Session, given: Passage[G, Q], raw: RawAnswer) -> Outcome:
        assert given.shelf is not None
        raw_answers.store(session, given.shelf, raw, given.call)
        return Outcome((), State.DUE, again=True)

    def dropped(
        self, session: Session, held: Claim, given: Passage[G, Q], result: RawAnswer | A | MediaAuditError
    ) -> None:
        """The lease is gone, but the call was made: what came back is kept, and may spare the next one."""
        if given.call is None or given.shelf is None:
            return
        if not isinstance(result, Unanswered):
            reschedule.reopen(session, held)
        if isinstance(result, RawAnswer | MediaAuditError):
            self._settle(session, given.call, result)
        if isinstance(result, RawAnswer):
            raw_answers.store(session, given.shelf, result, given.call)

    def failed(self, session: Session, held: Claim, given: Passage[G, Q], error: MediaAuditError) -> Outcome | None:
        failures = self._settle(session, given.call, error) if given.call else 0
        if given.call is not None and given.asked is not None:
            if given.problem is None and isinstance(error, Refused):
                # As an answer: what was refused once is not asked again by whoever comes to this question later.
                return self._keep(session, given, _refusal(self._model, given.asked, error))
            if given.problem is not None and self._gives_up(held, error):
                return self._keep(session, given, _no_repair(given.known[0], error))
        if isinstance(error, Permanent | Skip) and not isinstance(error, Misconfigured):
            return self._buyer.failed(session, held, given.given, error)
        return self._later(session, held, given, error, failures)

    def _gives_up(self, held: Claim, error: MediaAuditError) -> bool:
        """Whether no repair will come: what was valid in the first answer counts."""
        if isinstance(error, Misconfigured | OutOfCredit):
            return False
        return isinstance(error, Permanent | Skip | Unanswered | Declined) or self._verdict(held, error) is State.DEAD

    def _verdict(self, held: Claim, error: MediaAuditError) -> State:
        return after(error, held.attempts, get_settings().max_attempts, 0.0).state

    def _later(
        self, session: Session, held: Claim, given: Passage[G, Q], error: MediaAuditError, failures: int
    ) -> Outcome:
        if isinstance(error, Unanswered) and get_settings().unanswered == "hold":
            return Outcome(self._buyer.meanwhile(session, held, given.given), State.UNKNOWN, f"{error}; {UNKNOWN}")
        if isinstance(error, RateLimited) and (error.retry_after or 0.0) > LONG:
            nexts = self._buyer.meanwhile(session, held, given.given)
            return Outcome(nexts, State.WAITING, error.reason, error.retry_after or LONG, untried=True)
        state = self._verdict(held, error)
        if isinstance(error, Unavailable | Unanswered):
            if given.call is not None and given.call.trial:
                # The provider's failure, not the file's.
                return Outcome((), error=Transient(error.reason, error.retry_after, charge=False))
            if state is State.DEAD and failures >= held.attempts:
                # Nobody else was answered meanwhile: the file has had no fair try yet.
                nexts = self._buyer.meanwhile(session, held, given.given)
                return Outcome(nexts, State.WAITING, error.reason, pause_after(max(failures, THRESHOLD)), untried=True)
        nexts = () if state is State.DUE else self._buyer.meanwhile(session, held, given.given)
        return Outcome(nexts, error=error)


# Set while this process is told to end: a call that begins now might not end before the process does.
stopping = Event()


def run_paid(step: PaidStep[G, Q, A], keys: Sequence[Key]) -> list[Next]:
    """All passages of each key, one after another, as far as they can follow at once; what is left stays due."""
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


def _refusal(model: PaidModel[Q, A], asked: Q, error: Refused) -> RawAnswer:
    """A refusal that came as a status instead of an answer."""
    return RawAnswer(about=model.about(asked), model=model.model, text="", refusal=error.reason)


def _no_repair(raw: RawAnswer, error: MediaAuditError) -> RawAnswer:
    """What stands for a repair that will not come: what was valid in the first answer counts."""
    return RawAnswer(about=raw.about, purpose="repair", model=raw.model, text="", finish=f"none: {error}"[:300])

"""answer_questions: answers each question once, from the spans offered for it, and stores checked sentences."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.domain.ask.answer import Answer, AskInput, Judged, Source, Span, Verdict
from app.domain.flow import Key, Next
from app.domain.kinds import State, Step
from app.errors import MediaAuditError, NoAnswer, Refused
from app.models import AnswerSentence, Question, QuestionSpan
from app.pipeline.engine import ledger, step_metrics
from app.pipeline.engine.billable import Billable
from app.pipeline.engine.external_runner import run_external
from app.pipeline.engine.external_step import ExternalStep, each
from app.pipeline.engine.outcomes import EarlyOutcome, Outcome
from app.pipeline.engine.paid_step import PaidStep, run_paid
from app.pipeline.engine.work import CHANGED, NO_ANSWER, REFUSED, Claim
from app.pipeline.posts.erasing import paid
from app.pipeline.posts.erasing.questions import rests_on_others
from app.pipeline.posts.evidence import standing
from app.ports import CheckedAnswerer, PaidModel
from app.settings import get_settings

ANSWERED = "it is answered already"
EDITED = "the post says something else by now"


@dataclass(frozen=True)
class Asked:
    """A question as a worker answers it."""

    question_id: int
    key: str  # covers words, filters, spans, model and prompt
    input: AskInput


class Ask(ExternalStep[Asked, Answer]):
    """Answers questions by the configured answerer."""

    step = Step.ASK

    def __init__(self, answerer: CheckedAnswerer) -> None:
        self._answerer = answerer

    def load(self, session: Session, held: Claim) -> Asked | EarlyOutcome:
        question = session.get_one(Question, held.subject_id)
        if question.answered_at is not None:
            return EarlyOutcome(reason=ANSWERED)
        if question.answerer != self._answerer.version:
            return EarlyOutcome(state=State.SKIPPED, reason=CHANGED)
        spans = tuple(map(_span, offered(session, question.id)))
        return Asked(question.id, question.key, AskInput(question.words, question.language, spans))

    def perform(self, inputs: Sequence[Asked]) -> list[Answer | MediaAuditError]:
        return each(lambda given: self._answerer.answer(given.input), inputs)

    def finish(self, session: Session, held: Claim, given: Asked, result: Answer) -> Outcome:
        question = session.get_one(Question, given.question_id)
        # Locked: spans are forgotten either before this, and missing now, or after it, with the sentences of them.
        session.refresh(question, with_for_update=True)
        spans = {span.number: span for span in offered(session, question.id)}
        lost = {span.number for span in given.input.spans} - spans.keys()
        sentences = _unchanged(session, spans, _left(result.sentences, lost))
        session.execute(delete(AnswerSentence).where(AnswerSentence.question_id == question.id))
        session.add_all(_row(question.id, position, one) for position, one in enumerate(sentences, start=1))
        step_metrics.answered(session, (one.verdict for one in sentences))
        question.answered_at, question.problems = func.clock_timestamp(), list(result.problems)
        question.tokens = ledger.spent_on(session, held.id, given.key)
        if question.forgotten:  # a paid answer was stored before it was judged
            paid.erase(session, self.step, [question.id])
        return Outcome()

    def failed(self, session: Session, held: Claim, given: Asked, error: MediaAuditError) -> Outcome | None:
        if isinstance(error, Refused):
            return Outcome(state=State.SKIPPED, reason=f"{REFUSED}{error.reason}")
        if isinstance(error, NoAnswer):
            return Outcome(state=State.SKIPPED, reason=f"{NO_ANSWER}{error.reason}")
        return None


class PaidAnswer(Billable[Asked, AskInput, Answer]):
    """The answer to one question by a paid model."""

    free: Ask

    def __init__(self, free: Ask) -> None:
        self.free = free

    def question(self, given: Asked) -> tuple[AskInput, str]:
        """The input and the key of its answers. Without spans a model answers free of charge: not found."""
        return given.input, given.key


def answer_questions(answerer: CheckedAnswerer, keys: Sequence[Key]) -> list[Next]:
    """Answers the due questions among the keys."""
    if not isinstance(answerer, PaidModel):
        return run_external(Ask(answerer), keys)
    settings = get_settings()
    step, limits = PaidAnswer(Ask(answerer)), settings.question_limits(answerer.provider)
    return run_paid(PaidStep(step, answerer, limits, settings.answerer_timeout), keys)


def offered(session: Session, question_id: int) -> Sequence[QuestionSpan]:
    """The spans that were offered for a question, in order."""
    query = select(QuestionSpan).where(QuestionSpan.question_id == question_id).order_by(QuestionSpan.number)
    return session.scalars(query).all()


def _span(row: QuestionSpan) -> Span:
    return Span(row.number, row.passage, row.publication_id, Source(row.source), row.start, row.text)


def _left(sentences: Sequence[Judged], lost: Collection[int]) -> Sequence[Judged]:
    """The sentences that rest on no span which was forgotten meanwhile."""
    if not lost:
        return sentences
    return [one for one in sentences if rests_on_others(one.verdict, (c.span for c in one.sentence.cites), lost)]


def _unchanged(session: Session, spans: Mapping[int, QuestionSpan], sentences: Sequence[Judged]) -> list[Judged]:
    """The sentences; those whose post says something else by now are dropped."""
    cited = {cite.span for one in sentences if one.verdict is Verdict.KEPT for cite in one.sentence.cites}
    now = standing(session, {spans[number].publication_id for number in cited})
    gone = {
        number
        for number in cited
        if (post := now.get(spans[number].publication_id)) is None or not post.has(spans[number])
    }
    return [_judged(one, gone) for one in sentences]


def _judged(one: Judged, gone: set[int]) -> Judged:
    cited = {cite.span for cite in one.sentence.cites}
    return Judged(one.sentence, Verdict.CHANGED, EDITED) if one.verdict is Verdict.KEPT and cited & gone else one


def _row(question_id: int, position: int, one: Judged) -> AnswerSentence:
    return AnswerSentence(
        question_id=question_id,
        position=position,
        text=one.sentence.text,
        cites=[asdict(cite) for cite in one.sentence.cites],
        verdict=one.verdict,
        detail=one.detail,
    )

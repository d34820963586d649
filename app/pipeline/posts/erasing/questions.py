"""Erases the spans of publications from questions, with the sentences of answers that rest on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from sqlalchemy import String, delete, func, select, update
from sqlalchemy.orm import Session

from app.domain.ask.answer import Verdict
from app.domain.kinds import Step
from app.models import AnswerSentence, Question, QuestionSpan
from app.pipeline.posts.erasing import paid


def erase(session: Session, publications: Collection[int]) -> None:
    """The questions stay, as their users wrote them, and say how many spans they lost."""
    query = select(QuestionSpan.question_id, QuestionSpan.number)
    lost: dict[int, set[int]] = defaultdict(set)
    for question, number in session.execute(query.where(QuestionSpan.publication_id.in_(publications))):
        lost[question].add(number)
    for question in sorted(lost):
        _lose(session, question, lost[question])


def _lose(session: Session, question: int, spans: set[int]) -> None:
    fresh = func.concat("forgotten ", func.gen_random_uuid().cast(String))
    changed = {"forgotten": Question.forgotten + len(spans), "spans_hash": "", "key": fresh}
    # First of all: a worker that ends this question waits, and then sees that it lost spans.
    session.execute(update(Question).where(Question.id == question).values(changed))
    session.execute(delete(QuestionSpan).where(QuestionSpan.question_id == question, QuestionSpan.number.in_(spans)))
    paid.erase(session, Step.ASK, [question])
    rows = session.scalars(select(AnswerSentence).where(AnswerSentence.question_id == question))
    gone = [row.position for row in rows if not rests_on_others(row.verdict, (c["span"] for c in row.cites), spans)]
    session.execute(
        delete(AnswerSentence).where(AnswerSentence.question_id == question, AnswerSentence.position.in_(gone))
    )


def rests_on_others(verdict: str, cited: Iterable[int], lost: Collection[int]) -> bool:
    """Whether a sentence rests on spans that are left alone. A dropped one proves nothing: it may repeat any span."""
    return verdict == Verdict.KEPT and not set(cited) & set(lost)

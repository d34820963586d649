"""Compares the sentences of answers with the spans that were offered for them, and questions with their work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import snapshot, transaction
from app.domain.ask.answer import Verdict
from app.domain.ask.quotes import folded
from app.domain.kinds import State, Step
from app.models import AnswerSentence, Question, QuestionSpan, Work
from app.pipeline.engine import work
from app.verify.check import Check, Fault
from app.verify.reading import pages

STORED = "an answer stays as a worker stored it"


class Answers(Check[int]):
    """Checks that each question has its row of work, and each sentence that is shown its words in an offered span."""

    name = "answers"

    def pages(self) -> Iterator[Sequence[int]]:
        return pages(Question.id)

    def judge(self, keys: Sequence[int]) -> list[Fault[int]]:
        with snapshot() as session:
            found = session.scalars(select(Question).where(Question.id.in_(keys)).order_by(Question.id)).all()
            return [fault for question in found for fault in _faults(session, question)]

    def mend_one(self, fault: Fault[int]) -> bool:
        """Makes a question due that has no row of work, or that ended without its answer."""
        with transaction() as session:
            work.requeue(session, Step.ASK, [(fault.key, 0)], hint=0.0)
        return True


def _faults(session: Session, question: Question) -> Iterator[Fault[int]]:
    where = f"question {question.id}"
    row = session.scalar(select(Work.state).where(Work.step == Step.ASK, Work.subject_id == question.id))
    if row is None:
        yield Fault(question.id, where, "it has no row of work")
    elif row == State.DONE and question.answered_at is None:
        yield Fault(question.id, where, "its work is done, and no answer is stored")
    spans = session.scalars(select(QuestionSpan).where(QuestionSpan.question_id == question.id)).all()
    for span in spans:
        if sha256(span.text.encode()).hexdigest() != span.hash:
            yield Fault(question.id, where, f"span {span.number} has another hash than its words", STORED)
    offered = {span.number: span.text for span in spans}
    for sentence in _kept(session, question.id):
        if wrong := [cite["span"] for cite in sentence.cites if not _stands(cite, offered)]:
            what = f"sentence {sentence.position} quotes span {wrong[0]}, which does not have its words"
            yield Fault(question.id, where, what, STORED)


def _kept(session: Session, question: int) -> Sequence[AnswerSentence]:
    query = select(AnswerSentence).where(AnswerSentence.question_id == question)
    return session.scalars(query.where(AnswerSentence.verdict == Verdict.KEPT.value)).all()


def _stands(cite: Mapping[str, Any], offered: Mapping[int, str]) -> bool:
    return folded(cite["quote"]) in folded(offered.get(cite["span"], ""))

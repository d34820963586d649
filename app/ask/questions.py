"""Writes a question: its spans and its row of work, in one transaction. A repeated question is found by its key."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app import trace
from app.ask.retrieval import PASSAGES, Retrieved, hash_of, retrieve, words_of
from app.domain.ask.answer import AskInput, Verdict
from app.domain.ask.language import language_of
from app.domain.documents import clean
from app.domain.flow import Call
from app.domain.kinds import State, Step
from app.errors import UserError
from app.models import AnswerSentence, Question, QuestionSpan, Work
from app.models.questions import WITHIN
from app.pipeline.engine import reschedule, work
from app.pipeline.engine.work import CHANGED, STOPPED
from app.ports import Embedder
from app.search.filters import Filters
from app.search.query import Search, parsed
from app.settings import get_settings

LONGEST = 1_000  # characters: a question of a page is a text to search for, and would crowd out the spans
AGAIN = (STOPPED, CHANGED)  # reasons of questions that ended unanswered, and are due again when they are asked again


@dataclass(frozen=True)
class Prepared:
    """A question with all that its answer depends on, before it is written."""

    text: str
    search: Search
    input: AskInput
    retrieved: Retrieved
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Placed:
    """A question that is written. repeated: whether it was asked before. call: for its worker, to publish after commit;
    None if there is nothing to do."""

    id: int
    repeated: bool
    call: Call | None


def prepare(session: Session, text: str, *, embedder: Embedder | None, filters: Filters | None = None) -> Prepared:
    """Reads a question, in the query language of docs/search.md, and retrieves its passages.

    UserError for an empty question, a wrong filter, or one that is too long.
    """
    asked = clean(text)
    if len(asked) > LONGEST:
        raise UserError(f"the question has {len(asked):,} characters: write it in {LONGEST:,} at most")
    search = replace(parsed(session, asked, filters), embedder=embedder)
    words = words_of(asked, search.tree)
    retrieved = retrieve(session, search, words)
    parameters = {
        "query": search.text,
        "passages": PASSAGES,
        "embedder": embedder.name if embedder else None,
        "corrected": {one.word: one.by for one in retrieved.corrections},
    }
    if filters is not None and filters.within is not None:
        parameters[WITHIN] = list(filters.within)
    return Prepared(asked, search, AskInput(words, language_of(words), retrieved.spans), retrieved, parameters)


def known(session: Session, one: Prepared, answerer: str) -> int | None:
    """The number of the same question with the same spans and answerer, if asking it again asks no model again."""
    question = session.scalars(select(Question).where(Question.key == _key(one, answerer))).first()
    return None if question is None or _goes_on(session, question) else question.id


def place(session: Session, one: Prepared, answerer: str) -> Placed:
    """Writes a question for the answerer of this version, or finds it if it was asked before."""
    key = _key(one, answerer)
    made = session.scalar(
        insert(Question).values(_row(one, answerer, key)).on_conflict_do_nothing().returning(Question.id)
    )
    if made is None:
        found = session.scalars(select(Question).where(Question.key == key)).one()
        found.left_out = one.retrieved.left_out  # posts with orders may have come since
        return _found(session, found)
    session.add_all(_spans(made, one.retrieved))
    session.flush()
    work.enqueue(session, Step.ASK, [(made, 0)], hint=get_settings().republish_after)
    return Placed(made, repeated=False, call=_call(session, made))


def stop(session: Session, question: int) -> None:
    """Stops a question that no worker has begun; one that is begun goes on to its end."""
    reschedule.cancel(session, (Step.ASK,), question, STOPPED)


def work_of(session: Session, question: int, *, locked: bool = False) -> Work:
    """The row of work of a question. locked: as it is once no other transaction changes it, until this one ends."""
    query = select(Work).where(Work.step == Step.ASK, Work.subject_id == question)
    if locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).one()


def _goes_on(session: Session, question: Question, *, locked: bool = False) -> bool:
    """Whether a question has ended unanswered, and is due again once it is asked again."""
    row = work_of(session, question.id, locked=locked)
    ended = row.state == State.DEAD or (row.state == State.SKIPPED and row.reason in AGAIN)
    return ended and question.answered_at is None


def _found(session: Session, question: Question) -> Placed:
    if not _is_due_again(session, question):
        return Placed(question.id, repeated=True, call=None)
    question.answered_at = None
    work.requeue(session, Step.ASK, [(question.id, 0)], hint=get_settings().republish_after)
    return Placed(question.id, repeated=True, call=_call(session, question.id))


def _is_due_again(session: Session, question: Question) -> bool:
    if question.answered_at is not None:
        return _lost_evidence(session, question)
    # Of two who ask it again at once the later waits, and leaves the row to the worker that the first one called. An
    # open question is not waited for: its worker holds the row while it writes the answer.
    return _goes_on(session, question) and _goes_on(session, question, locked=True)


def _lost_evidence(session: Session, question: Question) -> bool:
    """Whether the answer lacks a sentence because its post had changed: the spans of now are those of before again.

    A paid answer is stored, so that it is judged anew and not asked for anew.
    """
    lost = (AnswerSentence.question_id == question.id) & (AnswerSentence.verdict == Verdict.CHANGED.value)
    return bool(session.scalar(select(exists().where(lost))))


def _call(session: Session, question: int) -> Call:
    return Call(Step.ASK, ((question, 0),), trace_id=session.get_one(Question, question).trace_id)


def _key(one: Prepared, answerer: str) -> str:
    """sha256 (hex) over all that the answer depends on: a changed span makes another question."""
    said = " ".join(one.input.question.casefold().split())
    parts = [said, one.search.text.casefold(), one.retrieved.digest, answerer]
    return sha256(json.dumps(parts).encode()).hexdigest()


def _row(one: Prepared, answerer: str, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "text": one.text,
        "words": one.input.question,
        "language": one.input.language,
        "retrieval": one.parameters,
        "spans_hash": one.retrieved.digest,
        "left_out": one.retrieved.left_out,
        "answerer": answerer,
        "trace_id": trace.new(),
    }


def _spans(question: int, retrieved: Retrieved) -> list[QuestionSpan]:
    return [
        QuestionSpan(
            question_id=question,
            number=span.number,
            passage=span.passage,
            publication_id=span.publication_id,
            revision=retrieved.revisions[span.publication_id],
            source=span.source,
            start=span.start,
            text=span.text,
            hash=hash_of(span),
        )
        for span in retrieved.spans
    ]

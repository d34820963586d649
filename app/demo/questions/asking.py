"""Asks the archive as a user does: writes the question, leaves it to a worker, and reads the answer from rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import wiring
from app.ask import questions
from app.ask.answers import AnswerShown, answer_of
from app.ask.questions import Placed
from app.db import transaction
from app.domain.ask.frames import Outcome
from app.domain.flow import Call
from app.domain.kinds import Step
from app.models import AnswerSentence, Question, QuestionSpan, Work

Publish = Callable[[Sequence[Call]], object]  # sends calls to the workers, outside of transactions

PATIENCE = 60.0  # seconds for an answer, on a busy machine
LOOK = 0.1  # seconds between two looks at the rows


@dataclass(frozen=True)
class Again:
    """A question that was asked a second time. known: whether it was found; published: whether a worker was called."""

    known: bool
    published: bool
    rows: int  # that it added


def ask(text: str, publish: Publish) -> int:
    """Asks a question; returns its number."""
    with transaction() as session:
        placed = place(session, text)
    publish([placed.call] if placed.call else [])
    return placed.id


def place(session: Session, text: str) -> Placed:
    """Writes a question for the workers, who are not told of it yet."""
    return questions.place(
        session, questions.prepare(session, text, embedder=wiring.embedder()), wiring.asking().version
    )


def ask_again(text: str, publish: Publish) -> Again:
    """Asks a question that was answered before."""
    with transaction() as session:
        before = _rows(session)
        placed = place(session, text)
        added = _rows(session) - before
    publish([placed.call] if placed.call else [])
    return Again(placed.repeated, placed.call is not None, added)


def answered(number: int) -> AnswerShown:
    """The answer to a question; still open if it takes longer than PATIENCE."""
    deadline = time.monotonic() + PATIENCE
    while (shown := read(number)).outcome is Outcome.OPEN and time.monotonic() < deadline:
        time.sleep(LOOK)
    return shown


def read(number: int) -> AnswerShown:
    """A question and its answer as they are now."""
    with transaction() as session:
        return answer_of(session, number)


def _rows(session: Session) -> int:
    """Rows of all questions: their own, of their spans, of their sentences, of work."""
    counts = [select(func.count()).select_from(table) for table in (Question, QuestionSpan, AnswerSentence)]
    counts.append(select(func.count()).select_from(Work).where(Work.step == Step.ASK))
    return sum(session.scalar(query) or 0 for query in counts)

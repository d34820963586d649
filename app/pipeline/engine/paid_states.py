"""The states of a row of paid work. The stored answers decide the state, and each lease serves one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from app.domain.reading import RawAnswer
from app.pipeline.engine.answer_key import AnswerKey
from app.pipeline.engine.billable import G, Q
from app.pipeline.engine.ledger import Reservation


@dataclass(frozen=True)
class Question(Generic[Q]):
    """A question to a model, and the key of its answers."""

    about: Q
    key: AnswerKey


@dataclass(frozen=True)
class Perform(Generic[G]):
    """The row needs no question: the free step performs it."""

    given: G


@dataclass(frozen=True)
class AskFree(Generic[G, Q]):
    """The model answers without a call (its estimate is 0), and without a reservation or settlement."""

    given: G
    question: Question[Q]


@dataclass(frozen=True)
class Ask(Generic[G, Q]):
    """No answer is stored: one paid call asks the model."""

    given: G
    question: Question[Q]
    reservation: Reservation


@dataclass(frozen=True)
class Repair(Generic[G, Q]):
    """The one stored answer has a problem: one paid call asks the model to repair it."""

    given: G
    question: Question[Q]
    answer: RawAnswer
    problem: str
    reservation: Reservation


@dataclass(frozen=True)
class Interpret(Generic[G, Q]):
    """The stored answers suffice and are interpreted free of charge. answers: the first one, then its repair."""

    given: G
    question: Question[Q]
    answers: tuple[RawAnswer, ...]


Paid = Ask[G, Q] | Repair[G, Q]
PaidState = Perform[G] | AskFree[G, Q] | Ask[G, Q] | Repair[G, Q] | Interpret[G, Q]

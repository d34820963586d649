"""The paid part of a step: its question and its substitutes. The free step stays unchanged, and PaidStep runs both."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Generic, TypeVar

from sqlalchemy.orm import Session

from app.domain.flow import Next
from app.pipeline.engine.external_step import ExternalStep
from app.pipeline.engine.outcomes import EarlyOutcome
from app.pipeline.engine.work import Claim

G = TypeVar("G")  # the input that the free step loads
Q = TypeVar("Q")  # the subject of the question to the model
A = TypeVar("A")  # the result of an answer, which the free step writes

SOON = 2.0  # seconds until the next look at a row whose question another process is asking now


class Billable(ABC, Generic[G, Q, A]):
    """How a model does the work of a free step: its question, and the work that goes on while no call is made."""

    substitutes: ClassVar[bool] = False  # whether `meanwhile` makes other work due that has the same result
    free: ExternalStep[G, A]  # loads the inputs and writes the results

    @abstractmethod
    def question(self, given: G) -> tuple[Q, str] | None:
        """(subject of the question, the key of its answers); None without a question: `free` then performs the row."""

    def spared(self, session: Session, held: Claim) -> EarlyOutcome | None:
        """Returns how the work ends without payment, if it needs none or none yet."""
        return None

    def meanwhile(self, session: Session, held: Claim, given: G) -> tuple[Next, ...]:
        """The calls that follow while this work waits or after it was given up, in its transaction. Safe to repeat."""
        return ()

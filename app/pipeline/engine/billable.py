"""The part of a step that money concerns. The step itself stays as it is without money, and is run by PaidStep."""

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

SOON = 2.0  # seconds until a row is looked at again whose question another process is just asking


class Billable(ABC, Generic[G, Q, A]):
    """How the work of a free step is bought: its question, and the work that goes on while no call is made."""

    substitutes: ClassVar[bool] = False  # whether `meanwhile` makes other work due that has the same result
    free: ExternalStep[G, A]  # loads the inputs and writes the results

    @abstractmethod
    def question(self, given: G) -> tuple[Q, str] | None:
        """(subject of the question, the key of its answers); None when there is nothing to ask: `free` performs it."""

    def spared(self, session: Session, held: Claim) -> EarlyOutcome | None:
        """The end of the work when there is no need to pay for it, or not yet."""
        return None

    def meanwhile(self, session: Session, held: Claim, given: G) -> tuple[Next, ...]:
        """The calls that follow while this work waits, or after it was given up; in its transaction. Safe to repeat."""
        return ()

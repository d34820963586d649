"""The answers that a step gives the runner: how a row ends, and which calls follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from app.domain.flow import Next
from app.domain.kinds import State
from app.domain.steps import Stage
from app.errors import MediaAuditError
from app.pipeline.engine.work import SUPERSEDED, Claim

I = TypeVar("I")  # noqa: E741 - input and output of a step, as in its Protocol
O = TypeVar("O")  # noqa: E741


@dataclass(frozen=True)
class EarlyOutcome:
    """load's answer when nothing is to be performed: the row is in `state` at once.

    delay: seconds until it is looked at again (DUE, WAITING); the attempt does not count then.
    again: as of Outcome.
    """

    nexts: tuple[Next, ...] = ()
    state: State = State.DONE
    reason: str | None = None
    delay: float = 0.0
    stage: Stage | None = None  # as which it is counted, though nothing was performed
    again: bool = False

    def outcome(self) -> Outcome:
        """The same as the end of a lease under which nothing was performed."""
        return Outcome(
            nexts=self.nexts,
            state=self.state,
            reason=self.reason,
            delay=self.delay,
            untried=True,
            stage=self.stage,
            again=self.again,
        )

    @classmethod
    def superseded(cls) -> Self:
        """The row's subject has a newer revision."""
        return cls(state=State.SKIPPED, reason=SUPERSEDED)


@dataclass(frozen=True)
class Outcome:
    """finish's answer: what comes next, and the row's state. delay: seconds until it is due again (DUE, WAITING).

    error: its verdict by domain.retries is the state instead. untried: the attempt does not count.
    again: the row is due, and the process that ended its lease may go on with it at once.
    """

    nexts: tuple[Next, ...] = ()
    state: State = State.DONE
    reason: str | None = None
    delay: float = 0.0
    error: MediaAuditError | None = None
    untried: bool = False
    stage: Stage | None = None  # as which it is counted, where only its end can tell
    again: bool = False

    @classmethod
    def superseded(cls, nexts: tuple[Next, ...] = ()) -> Self:
        """The row's subject has a newer revision."""
        return cls(nexts, State.SKIPPED, SUPERSEDED)


RowEnd = tuple[Claim, Outcome]  # a row of work, and how its lease ended


@dataclass(frozen=True)
class Performed(Generic[I, O]):
    """What was performed for one lease. seconds: that it took; its share, where several were performed together."""

    held: Claim
    given: I
    result: O
    seconds: float = 0.0

"""The answers of a step to the runner: how a row ends, and which calls follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from app.domain.flow import Next
from app.domain.kinds import State
from app.domain.steps import Stage
from app.errors import MediaAuditError
from app.metrics import Media
from app.pipeline.engine.work import SUPERSEDED, Claim

I = TypeVar("I")  # noqa: E741 - input and output of a step, as in its Protocol
O = TypeVar("O")  # noqa: E741


@dataclass(frozen=True)
class EarlyOutcome:
    """load's answer when there is no work to perform: the row is in `state` at once.

    delay: seconds until the next look at the row (DUE, WAITING); the attempt does not count then.
    again: as in Outcome.
    """

    nexts: tuple[Next, ...] = ()
    state: State = State.DONE
    reason: str | None = None
    delay: float = 0.0
    stage: Stage | None = None  # the stage label of its metrics, although no work was performed
    again: bool = False

    def outcome(self) -> Outcome:
        """The same as the outcome of a lease without performed work."""
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
        """Ends a row whose subject has a newer revision."""
        return cls(state=State.SKIPPED, reason=SUPERSEDED)


@dataclass(frozen=True)
class Outcome:
    """finish's answer: the next calls and the row's state. delay: seconds until it is due again (DUE, WAITING).

    error: the verdict of domain.retries on it replaces `state`. untried: the attempt does not count.
    again: the row is due, and the process that ended its lease may go on with it at once.
    """

    nexts: tuple[Next, ...] = ()
    state: State = State.DONE
    reason: str | None = None
    delay: float = 0.0
    error: MediaAuditError | None = None
    untried: bool = False
    stage: Stage | None = None  # the stage label of its metrics, if only its end can tell
    again: bool = False
    media: Media | None = None  # the media label of its metrics, for a step in one transaction

    @classmethod
    def superseded(cls, nexts: tuple[Next, ...] = ()) -> Self:
        """Ends a row whose subject has a newer revision."""
        return cls(nexts, State.SKIPPED, SUPERSEDED)


RowEnd = tuple[Claim, Outcome]  # a work row, and how its lease ended


@dataclass(frozen=True)
class Performed(Generic[I, O]):
    """Result of perform for one lease. seconds: its duration, or its share if several were performed together."""

    held: Claim
    given: I
    result: O
    seconds: float = 0.0

"""The dry run of `reanalyze` and `retag`, for command, page and API: the work that would become due, and its price."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import BoundedSemaphore

from sqlalchemy.orm import Session

from app import wiring
from app.db import transaction
from app.domain.kinds import Step
from app.errors import UserError
from app.ports import Tagger, VisionProvider
from app.reprocess.choice import Choice, choose
from app.reprocess.files import FilePlan, Files
from app.reprocess.tags import TagPlan, Tags
from app.reprocess.time_limit import within
from app.search.within import Within

SECONDS = 20.0  # of a dry run on a request's path: a person waits so long for a price, and a proxy cuts off later
AT_ONCE = BoundedSemaphore(2)  # dry runs of requests in this process: each keeps PostgreSQL busy


class What(StrEnum):
    """The step that is done again, by the name of its command."""

    READ = "reanalyze"
    TAG = "retag"

    @property
    def step(self) -> Step:
        """The step of its rows of work."""
        return Step.ANALYZE if self is What.READ else Step.TAG


@dataclass(frozen=True)
class Scope:
    """The options of the commands, as a user writes them: all that is empty limits nothing.

    where: KEY=VALUE, which must all hold. everything: of `retag` alone, also publications without a change.
    """

    what: What
    channel: str = ""
    since: str = ""
    where: tuple[str, ...] = ()
    everything: bool = False

    def choice(self, session: Session, channels: Within = None) -> Choice:
        """Parses the options. channels: that the user may see. UserError for an invalid value, and for a channel that
        is not there."""
        return choose(session, self.channel.strip() or None, self.since.strip() or None, self.where, channels)


@dataclass(frozen=True)
class Models:
    """The models that would read and tag, made at first use."""

    vision: Callable[[], Sequence[VisionProvider]]
    tagger: Callable[[], Tagger]

    def subjects(self, session: Session, what: What, choice: Choice, *, everything: bool) -> Files | Tags:
        """The files or publications of a choice."""
        if what is What.READ:
            return Files(session, self.vision(), choice)
        return Tags(session, self.tagger(), choice, everything=everything)

    def plan(self, session: Session, scope: Scope, channels: Within = None) -> FilePlan | TagPlan:
        """Counts and prices the work that would become due. Registers a new recipe: a dry run rolls back."""
        found = self.subjects(session, scope.what, scope.choice(session, channels), everything=scope.everything)
        return found.plan(self.tagger()) if isinstance(found, Files) else found.plan()


ASKING = Models(wiring.vision, wiring.tagger)  # for workers and commands, which hold the secrets
PRICING = Models(wiring.vision_for_prices, wiring.tagger_for_prices)  # for the page, which holds none


def dry_run(
    scope: Scope, models: Models = PRICING, seconds: float | None = SECONDS, channels: Within = None
) -> FilePlan | TagPlan:
    """The work and the price of a run. Writes nothing. channels: that the user may see.

    seconds: limit of a request, which raises TookTooLong; None for a command. UserError for an invalid option.
    """
    with transaction() as session:
        if seconds is None:
            found = models.plan(session, scope, channels)
        else:
            with in_turn(), within(session, seconds):
                found = models.plan(session, scope, channels)
        session.rollback()  # not even a recipe is registered
    return found


@contextmanager
def in_turn() -> Iterator[None]:
    """Within it, a request is one of the few that plan at a time. UserError if there are as many already."""
    if not AT_ONCE.acquire(blocking=False):
        raise UserError("other dry runs are under way: try again in half a minute")
    try:
        yield
    finally:
        AT_ONCE.release()

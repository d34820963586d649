"""Stuck work over the API: rows that no worker goes on with, and their retry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.db import transaction
from app.domain.kinds import State, Step
from app.operations.stuck import stuck
from app.status.stages import step_counts
from app.web.api.admission import Token
from app.web.api.answers import Paged
from app.web.api.parameters import Cursor
from app.web.api.routes import Api
from app.web.pages.operations import WorkPage

api = Api("work")


@dataclass(frozen=True, kw_only=True)
class WorkAnswer(WorkPage):
    """Work by step and state, and a page of stuck rows. next: the address of the page after it."""

    next: str | None


@api.get("/work", WorkAnswer)
def work(
    bearer: Token,
    state: Literal["dead", "unknown", "waiting"] | None = None,
    step: Step | None = None,
    cursor: Cursor = None,
) -> Paged:
    """The rows that are dead, wait or have an unknown outcome, each with its remedy. counts: not for a token with a
    list of channels."""
    chosen = State(state) if state else None
    with transaction() as session:
        found = stuck(session, state=chosen, step=step, cursor=cursor, within=bearer.channels)
        counts = step_counts(session) if bearer.channels is None else {}
        return Paged(WorkPage(chosen, step, counts, found), found.cursor)

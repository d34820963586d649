"""Stuck work over the API: rows that no worker goes on with, and their retry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import Request, Response

from app.db import transaction
from app.domain.access.roles import Act
from app.domain.kinds import State, Step
from app.operations.seen_work import seen_work
from app.operations.stuck import stuck
from app.operations.work_acts import retry
from app.status.stages import step_counts
from app.web.api.admission import Token
from app.web.api.answers import Paged, kept
from app.web.api.parameters import Body, Cursor, Id
from app.web.api.routes import Api
from app.web.errors import Missing
from app.web.pages.operations import WorkPage
from app.web.problems import problem

api = Api("work")

NOT_STUCK = (
    "the row is not dead, or its outcome is unknown and may be paid a second time: for the latter send agreed, true"
)


class Retry(Body):
    """agreed: that a call with an unknown outcome may be paid a second time."""

    agreed: bool = False


@dataclass(frozen=True)
class RetriedAnswer:
    """A row that is due again. entry: the number of the audit entry."""

    id: int
    entry: int


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


@api.change("POST", "/work/{id}/retry", RetriedAnswer, act=Act.OPERATE, status=202, errors=(404, 409))
def retry_work(request: Request, bearer: Token, id: Id, body: Retry) -> Response:
    """Makes a dead row due again; one of unknown outcome if that was agreed to. 409: it is neither."""
    states = (State.DEAD, State.UNKNOWN) if body.agreed else (State.DEAD,)
    with transaction() as session:
        if not seen_work(session, [id], bearer.channels):
            raise Missing(f"there is no row of work {id}")
        tried = (retry(session, bearer.actor, state, ids=[id]) for state in states)
        did = next((one for one in tried if one.entry is not None), None)
    if did is None:
        return problem(409, NOT_STUCK)
    request.app.state.publish(did.calls)
    return kept(request, {"id": id, "entry": did.entry})

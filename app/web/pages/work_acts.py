"""Acts of operators on work that was given up: what the forms of /work send."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response

from app.db import transaction
from app.domain.access.roles import Act
from app.domain.kinds import State
from app.errors import UserError
from app.operations.work_acts import MOST, retry
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.pages.operations import state_of, step_of
from app.web.safety import own_address
from app.web.views import Views

views = Views()

NO_ROW = "no such row is left: another user retried it, or it was tried again by itself"
AGREE = "a call with an unknown outcome may be paid a second time: tick that you know this, then send it again"


@views.router.post("/work/retry", include_in_schema=False)
@needs(Act.OPERATE)
def retry_work(
    request: Request,
    state: Annotated[str, Form()],
    row: Annotated[int | None, Form()] = None,
    step: Annotated[str, Form()] = "",
    agreed: Annotated[bool, Form()] = False,
    back: Annotated[str, Form()] = "/work",
) -> Response:
    """Makes a row due again, or all of a state, or of a step in it. agreed: that it may be paid twice."""
    of = state_of(state) or State.DEAD
    if of is State.UNKNOWN and not agreed:
        raise UserError(AGREE)
    ids = None if row is None else [row]
    with transaction() as session:
        did = retry(session, actor_of(request), of, ids=ids, step=step_of(step), most=MOST)
    if did.entry is None:
        raise UserError(NO_ROW)
    request.app.state.publish(did.calls)
    return done(own_address(back), did.entry)

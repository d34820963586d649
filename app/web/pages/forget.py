"""Forgetting on the page: the plan of it, and the act of an operator."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request, Response

from app.db import snapshot, transaction
from app.domain.access.roles import Act
from app.domain.tombstones import Kind
from app.forget import begin
from app.forget.named import named
from app.forget.plan import Plan, plan
from app.web.acts import actor_of, done
from app.web.admission import needs
from app.web.errors import looked_up
from app.web.views import Views

views = Views()

# A thing that is gone has no page: the act is confirmed where the others of its kind are.
AFTER = {Kind.POST: "/feed", Kind.FILE: "/gallery", Kind.CHANNEL: "/channels"}


@views.view("/forget", "forget.html", Act.OPERATE)
def planned(name: str) -> Plan:
    """All that would go and all that would stay, if the thing of this name were forgotten. It changes nothing."""
    with snapshot() as session, looked_up():
        return plan(session, named(session, name))


@views.router.post("/forget", include_in_schema=False)
@needs(Act.OPERATE)
def forget(
    request: Request,
    name: Annotated[str, Form(max_length=300)],
    why: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Forgets the thing for good; workers erase the rest of it."""
    with transaction() as session:
        found = named(session, name)
        begun = begin.forget(session, found, actor_of(request), why.strip())
    return done(AFTER[found.kind], begun.entry)

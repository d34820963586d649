"""Lets requests through: each address names its act, and each form its session."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request

from app.domain.access.entry import Entry, Way
from app.domain.access.roles import Act, least_role
from app.web.errors import NotAllowed, SignInNeeded
from app.web.safety import SAFE
from app.web.visitors import Visitor, visitor_of

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

FIELD = "form_token"
HEADER = "x-form-token"  # of requests that a script sends
OLD_FORM = "this form is of another session: open the page anew and send it again"


def needs(act: Act) -> Callable[[Endpoint], Endpoint]:
    """Says what a request to this address does. An address that does not say is for operators alone."""

    def mark(endpoint: Endpoint) -> Endpoint:
        endpoint.act = act  # type: ignore[attr-defined]
        return endpoint

    return mark


def by_token(act: Act, endpoint: Callable[..., Any]) -> None:
    """Says the same of an address of the API: tokens alone count there, no cookie (app/web/api/admission.py)."""
    endpoint.act, endpoint.by_token = act, True  # type: ignore[attr-defined]


def act_of(endpoint: object) -> Act:
    """The act that an address named."""
    return getattr(endpoint, "act", Act.OPERATE)


def visitor(request: Request) -> Visitor:
    """The user of the request, also for the pages that are made of it; at an address of the API none."""
    if _is_by_token(request):
        return Visitor()
    entry: Entry = request.app.state.entry
    act = act_of(request.scope["endpoint"])
    try:
        found = visitor_of(request, entry)
    except NotAllowed:
        if act is not Act.ENTER:
            raise
        found = Visitor()
    request.state.visitor = found
    return found


async def admit(request: Request, visitor: Annotated[Visitor, Depends(visitor)]) -> None:
    """Refuses a request that its user may not make, or whose form is not of this session."""
    if _is_by_token(request):
        return
    act = act_of(request.scope["endpoint"])
    if not visitor.may(act):
        raise _refusal(request.app.state.entry, visitor, act)
    if act is not Act.ENTER and request.method not in SAFE and visitor.form_token is not None:
        sent = request.headers.get(HEADER) or (await request.form()).get(FIELD)
        if not hmac.compare_digest(str(sent).encode(), visitor.form_token.encode()):
            raise NotAllowed(OLD_FORM)


def _is_by_token(request: Request) -> bool:
    return getattr(request.scope["endpoint"], "by_token", False)


def _refusal(entry: Entry, visitor: Visitor, act: Act) -> Exception:
    if visitor.session is None and entry.way is not Way.PROXY:
        return SignInNeeded("sign in first")
    return NotAllowed(f"this needs the role {least_role(act)}, and you are {visitor.role}: an operator can change that")

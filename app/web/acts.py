"""Acts of users on pages: who acts, and the page that confirms the act."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse

from app.access import audit
from app.db import transaction
from app.domain.access.audited import DONE, LINK, Acted, Actor, Via
from app.web.answers import see
from app.web.rendering import CONFIRMED
from app.web.visitors import Visitor


def actor_of(request: Request) -> Actor:
    """The user of a request that acts."""
    visitor: Visitor = request.state.visitor
    return Actor(visitor.name or LINK, Via.PAGE)


def done(address: str, entry: int) -> RedirectResponse:
    """Leads back to a page of this server, which then confirms the act. entry: the number of its audit entry."""
    parts = urlsplit(address)
    query = urlencode([*((k, v) for k, v in parse_qsl(parts.query) if k != CONFIRMED), (CONFIRMED, entry)])
    return see(parts._replace(query=query).geturl())


def notice(request: Request) -> tuple[str, str] | None:
    """The sentence about the act that the address names, and its target; only to the one who acted."""
    number = request.query_params.get(CONFIRMED, "")
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    if visitor is None or visitor.role is None or not (number.isascii() and number.isdigit()):
        return None
    with transaction() as session:
        entry = audit.own(session, actor_of(request), int(number))
    return (DONE[Acted(entry.act)], entry.target) if entry else None

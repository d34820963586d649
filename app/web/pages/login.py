"""Signing in and out: by name and password, by a link that works once."""

from __future__ import annotations

from typing import Annotated

import structlog
from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import PlainTextResponse
from redis import RedisError
from starlette.exceptions import HTTPException

from app import wiring
from app.access import attempts, links, sessions, users
from app.access.passwords import matches
from app.db import transaction
from app.domain.access.entry import Entry, Way
from app.domain.access.roles import Act, Role
from app.models import User
from app.web.admission import needs
from app.web.answers import see
from app.web.clients import client_of
from app.web.errors import Missing
from app.web.rendering import html
from app.web.safety import own_address
from app.web.visitors import LIFE, cookie

log = structlog.get_logger()

router = APIRouter()

UNCOUNTED = "sign-in waits for Redis, which does not answer: `media-audit doctor` tells why; open sessions go on"


@router.get("/health")
@needs(Act.ENTER)
def health() -> PlainTextResponse:
    """Whether the page is there, for load balancers. It tells nothing else."""
    return PlainTextResponse("ok\n")


@router.get("/login")
@needs(Act.ENTER)
def form(request: Request, next: str = "/") -> Response:
    """The form to sign in. next: where the user wanted to go."""
    _check_way(request)
    return html(request, "login.html", next=own_address(next), name="", wrong=False, wait=0)


@router.post("/login")
@needs(Act.ENTER)
def sign_in(
    request: Request, name: Annotated[str, Form()], password: Annotated[str, Form()], next: Annotated[str, Form()] = "/"
) -> Response:
    """Begins a session and leads to where the user wanted to go."""
    _check_way(request)
    peer = client_of(request.scope)
    page = {"next": own_address(next), "name": name}
    if wait := _wait(name, peer):
        answer = html(request, "login.html", 429, **page, wrong=False, wait=wait)
        answer.headers["Retry-After"] = str(wait)
        return answer
    user = _checked(name, password)
    if user is None:
        log.warning("a wrong name or password", address=peer)
        return html(request, "login.html", 401, **page, wrong=True, wait=0)
    attempts.forget(wiring.hints(), name, peer)
    return _begun(request, user, Role(user.role), own_address(next))


@router.get("/link/{token}")
@needs(Act.ENTER)
def link(request: Request, token: str) -> Response:
    """A button: browsers and chats that look at a link before its user does must not use it up."""
    _check_way(request)
    with transaction() as session:
        holds = links.holds(session, token)
    return html(request, "link.html", 200 if holds else 410, holds=holds)


@router.post("/link/{token}")
@needs(Act.ENTER)
def use_link(request: Request, token: str) -> Response:
    """Begins the session of a link, and leaves its address."""
    _check_way(request)
    with transaction() as session:
        used = links.use(session, token)
    if used is None:
        return html(request, "link.html", 410, holds=False)
    return _begun(request, *used, "/")


@router.post("/logout")
@needs(Act.READ)
def sign_out(request: Request) -> Response:
    """Ends the session of this browser."""
    _end(request)
    answer = see("/login")
    entry: Entry = request.app.state.entry
    answer.headers["Clear-Site-Data"] = '"cache"'  # going back shows nothing of the session
    answer.delete_cookie(cookie(entry), secure=entry.secure, httponly=True, samesite="lax")
    return answer


def _check_way(request: Request) -> None:
    """Missing where a proxy signs users in."""
    if request.app.state.entry.way is Way.PROXY:
        raise Missing("the proxy of this page signs users in")


def _wait(name: str, peer: str) -> int:
    """Seconds to wait before the next attempt. 503 while nothing counts them: guessing is never free."""
    try:
        return attempts.count(wiring.hints(), name, peer)
    except RedisError:
        raise HTTPException(503, UNCOUNTED) from None


def _checked(name: str, password: str) -> User | None:
    """The user with this name and password. Takes as long where there is no such user."""
    with transaction() as session:
        user = users.named(session, name)
    return user if matches(user.password_hash if user else None, password) else None


def _begun(request: Request, user: User | None, role: Role, address: str) -> Response:
    """A new session with a token of its own: the one of before ends, so none that was planted here grows."""
    _end(request)
    with transaction() as session:
        token = sessions.begin(session, user, role, request.headers.get("user-agent", ""))
    log.info("signed in", user=user.name if user else None, role=role.value)
    answer = see(address)
    entry: Entry = request.app.state.entry
    answer.set_cookie(cookie(entry), token, max_age=LIFE, httponly=True, samesite="lax", secure=entry.secure)
    return answer


def _end(request: Request) -> None:
    number = request.state.visitor.session
    if number is not None:
        with transaction() as session:
            sessions.revoke(session, number)

"""Errors as pages, and as problem details (RFC 9457) where JSON was asked for: each says what to do next."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.domain.access.roles import Act
from app.domain.feeds import masked
from app.errors import UserError
from app.events.outbox import EventsGone, NotYet
from app.web.answers import see
from app.web.problems import problem
from app.web.rendering import html
from app.web.safety import is_api, own_address

log = structlog.get_logger()

AWAY = "the database does not answer: `media-audit doctor` tells why; this page works again once it does"
FAULT = "a fault of Media Audit: its log has the details; please report it"
UNKNOWN = "there is no page at this address"
TOO_MANY = "more requests came from here than a reader makes: wait as long as Retry-After says; nothing is lost"

Fields = Iterable[tuple[str, str]]  # of a form, as they were sent


class Missing(UserError):
    """There is no such thing in the archive."""


class Forgotten(Missing):
    """There is no such thing any more. told: when and why, for operators; for all others it is missing."""

    def __init__(self, missing: str, told: str) -> None:
        super().__init__(missing)
        self.told = told


class SignInNeeded(UserError):
    """The request needs a user, and has none."""


class NotAllowed(UserError):
    """The user may not do this."""


STATUSES: Mapping[type[UserError], int] = {Missing: 404, NotAllowed: 403, EventsGone: 410, NotYet: 503}


@contextmanager
def looked_up(why: Callable[[], str | None] = lambda: None) -> Iterator[None]:
    """Within it, an error of the user means that the address names a thing that is not there.

    why: when and why that was forgotten, None if it was not.
    """
    try:
        yield
    except UserError as error:
        told = why()
        raise (Missing(str(error)) if told is None else Forgotten(str(error), told)) from error


def install(app: FastAPI) -> None:
    """Makes the application answer errors so."""
    app.add_exception_handler(UserError, lambda request, error: refusal(request, _status(error), str(error)))
    app.add_exception_handler(Forgotten, _forgotten)
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(RequestValidationError, _unread)
    app.add_exception_handler(HTTPException, _http)
    for kind in (OperationalError, InterfaceError):
        app.add_exception_handler(kind, lambda request, error: refusal(request, 503, AWAY))


class Faults:
    """Answers a fault of ours as a page, inside of the guards that add headers and count."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception:
            if begun or scope["type"] != "http":
                raise
            log.exception("a page failed", path=masked(scope["path"]))
            await refusal(Request(scope), 500, FAULT)(scope, receive, send)


def too_many(request: Request, seconds: float, fields: Fields = ()) -> Response:
    """Tells a client when it may go on. fields: of its form, which the page offers to send again."""
    wait = max(1, math.ceil(seconds))
    answer = refusal(request, 429, TOO_MANY, wait=wait, fields=list(fields))
    answer.headers["Retry-After"] = str(wait)
    return answer


def _status(error: Exception) -> int:
    return next((status for kind, status in STATUSES.items() if isinstance(error, kind)), 400)


def _forgotten(request: Request, error: Exception) -> Response:
    assert isinstance(error, Forgotten)
    visitor = getattr(request.state, "visitor", None)
    if visitor is not None and visitor.may(Act.OPERATE):
        return refusal(request, 410, error.told)
    return refusal(request, 404, str(error))


def _sign_in(request: Request, error: Exception) -> Response:
    """Leads a reader to the login and back; programs, pictures and forms are told."""
    reads = request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
    if not reads or request.url.path.endswith(".json") or is_api(request.url.path):
        return refusal(request, 401, str(error))
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return see(f"/login?{urlencode({'next': address})}")


def _unread(request: Request, error: Exception) -> Response:
    return refusal(request, 422 if is_api(request.url.path) else 400, _wrong(error))


def _wrong(error: Exception) -> str:
    """The parameters that cannot be read, without their values."""
    assert isinstance(error, RequestValidationError)
    return "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    answer = refusal(request, error.status_code, UNKNOWN if error.status_code == 404 else str(error.detail))
    answer.headers.update(error.headers or {})  # the methods of an address that has others
    return answer


def refusal(request: Request, status: int, detail: str, **more: Any) -> Response:
    """The answer to a request that is not served. more: values of the page for this status."""
    if request.url.path.endswith(".json") or is_api(request.url.path):
        return problem(status, detail)
    return html(request, "error.html", status, code=status, detail=detail, back=_back(request), **more)


def _back(request: Request) -> str:
    """The page of this server whose form was refused; empty for all other requests."""
    sender = urlsplit(request.headers.get("referer", ""))
    if request.method in ("GET", "HEAD") or sender.netloc != request.headers.get("host"):
        return ""
    return own_address(sender.path + (f"?{sender.query}" if sender.query else ""))

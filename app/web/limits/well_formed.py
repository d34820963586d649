"""Refuses requests that no page sends: larger than any form, or of a form that two programs could read in two ways."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from http import HTTPStatus

from fastapi import Request
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics
from app.web.errors import refusal

LARGEST = 64 * 1024  # bytes of a body: a question has 1,000 characters, 12 KB as a form at most
LONGEST = 16 * 1024  # bytes of an address: the longest query has 1,000 characters, 6 KB where all are Cyrillic
BODIES = ("content-length", "transfer-encoding")  # headers of requests with a body
NUL = b"%00"


class Fault(Enum):
    """A reason to refuse: status, explanation, label of the metric."""

    LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "this is more than any form of the page sends", "size"
    LONG = HTTPStatus.REQUEST_URI_TOO_LONG, "the address is too long: shorten the query", "size"
    SIGN = HTTPStatus.BAD_REQUEST, "the address has a sign (%00) that no text holds", "malformed"
    # Two servers in a row could disagree where the request ends, and the rest become a request of another client.
    AMBIGUOUS = HTTPStatus.BAD_REQUEST, "the request says twice how long it is", "malformed"


class TooLarge(Exception):
    """A body is larger than its limit."""


class WellFormed:
    """Reads the body of each request whole, up to its limit, before the application begins."""

    def __init__(self, app: ASGIApp, largest: Mapping[str, int] | None = None) -> None:
        """largest: bytes of a body, by the path of its address, where that takes more than LARGEST."""
        self._app, self._largest = app, largest or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = self._largest.get(scope["path"], LARGEST)
        found, body = fault(scope, largest), b""
        try:
            if found is None and any(name in Headers(scope=scope) for name in BODIES):
                body = await _read(receive, largest)
        except TooLarge:
            found = Fault.LARGE
        except ClientDisconnect:
            return
        answer = _replayed(self._app, body) if found is None else _refusal(scope, found)
        await answer(scope, receive, send)


def fault(scope: Scope, largest: int = LARGEST) -> Fault | None:
    """The fault that the head of a request shows; None for none."""
    headers = Headers(scope=scope)
    if NUL in scope["raw_path"] or NUL in scope["query_string"]:
        return Fault.SIGN
    if all(name in headers for name in BODIES):
        return Fault.AMBIGUOUS
    if len(scope["raw_path"]) + len(scope["query_string"]) > LONGEST:
        return Fault.LONG
    return Fault.LARGE if int(headers.get("content-length", 0)) > largest else None


def _refusal(scope: Scope, found: Fault) -> ASGIApp:
    status, detail, reason = found.value
    metrics.count(metrics.WEB_REFUSALS, (reason,))
    answer = refusal(Request(scope), status, detail)
    if found is Fault.AMBIGUOUS:
        answer.headers["Connection"] = "close"
    return answer


async def _read(receive: Receive, largest: int) -> bytes:
    """The whole body. ClientDisconnect if the client ends before: half of a question must not be asked."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body.extend(message.get("body", b""))
        if len(body) > largest:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _replayed(app: ASGIApp, body: bytes) -> ASGIApp:
    """The application with this body, which was read, before the messages that follow."""
    rest: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed(scope: Scope, receive: Receive, send: Send) -> None:
        async def received() -> Message:
            return rest.pop() if rest else await receive()

        await app(scope, received, send)

    return replayed

"""Errors as problem details (RFC 9457), each with its remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
DOCUMENT = "/api/v1/openapi.json describes each address with its parameters"
# What a client does next, by status; `detail` names the fault, and may name a nearer remedy.
REMEDIES: Mapping[int, str] = {
    400: f"correct the request as `detail` says; {DOCUMENT}",
    401: "send the header Authorization: Bearer TOKEN; `media-audit tokens add` or the page /tokens makes a token",
    403: "use a token with the scope, the channels and the user that this needs; the page /tokens shows yours",
    404: f"check the address, and whether the token may see the channel; {DOCUMENT}",
    405: f"use a method that the header Allow names; {DOCUMENT}",
    409: "look at the present state, and send the request again if it still holds",
    410: "go on from where `detail` says",
    413: "send less in one request",
    414: "shorten the query",
    416: "ask for a range inside of the file, or for all of it",
    422: f"correct the request as `detail` says; {DOCUMENT}",
    429: "wait as many seconds as the header Retry-After says, then go on; nothing is lost",
    500: "look into the log of Media Audit for the details, and report the fault",
    503: "try again in a moment; if it goes on, `media-audit doctor` tells why",
}


@dataclass(frozen=True)
class Problem:
    """An error. type: about:blank, as the status says it all; remedy: what to do next."""

    type: str
    title: str
    status: int
    detail: str
    remedy: str


def problem(status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """The answer to a request that is not served. more: members of this problem alone."""
    remedy = REMEDIES.get(status, REMEDIES[400 if status < 500 else 500])
    content = asdict(Problem("about:blank", HTTPStatus(status).phrase, status, detail, remedy))
    return JSONResponse({**content, **more}, status, dict(headers or {}), MEDIA_TYPE)

"""Answers of the API: JSON with an ETag, 304 for a client that has it, the address of the next page."""

from __future__ import annotations

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

VARY = "Authorization, Accept-Encoding"  # another token may see less


@dataclass(frozen=True)
class Paged:
    """A page of a list. cursor: of the next page, None at the end."""

    page: object
    cursor: str | int | None
    name: str = "cursor"  # of the parameter that takes it


def answer(request: Request, found: object) -> Response:
    """What a view returned: as JSON, a page of a list with `next`, the address of the page after it."""
    if isinstance(found, Response):
        return found
    if not isinstance(found, Paged):
        return kept(request, jsonable_encoder(found))
    return kept(request, {**jsonable_encoder(found.page), "next": _next(request, found)})


def kept(request: Request, content: Any) -> Response:
    """JSON that a client may keep and ask about. Its tag is weak: packed and plain it is the same."""
    made = JSONResponse(content)
    made.headers["ETag"] = f'W/"{sha256(bytes(made.body)).hexdigest()[:32]}"'
    made.headers["Vary"] = VARY
    return unless_known(request, made)


def unless_known(request: Request, made: Response) -> Response:
    """The answer, or 304 if the client has it. Its tag is compared weakly (RFC 9110, 13.1.2)."""
    tag = made.headers.get("etag")
    given = request.headers.get("if-none-match", "")
    known = {one.strip().removeprefix("W/") for one in given.split(",")}
    if tag is None or not (given.strip() == "*" or tag.removeprefix("W/") in known):
        return made
    names = ("etag", "vary", "cache-control", "last-modified")
    return Response(status_code=304, headers={name: made.headers[name] for name in names if name in made.headers})


def sse(page: object) -> str:
    """The data of a server-sent event: JSON on one line."""
    return json.dumps(jsonable_encoder(page), ensure_ascii=False)


def _next(request: Request, found: Paged) -> str | None:
    if found.cursor is None:
        return None
    given = [(name, value) for name, value in request.query_params.multi_items() if name != found.name]
    return f"{request.url.path}?{urlencode([*given, (found.name, found.cursor)])}"

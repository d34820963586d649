"""Errors as pages, and as problem details (RFC 9457) where JSON was asked for: each says what to do next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.exceptions import HTTPException

from app.errors import UserError
from app.web.rendering import html

log = structlog.get_logger()

AWAY = "the database does not answer: `media-audit doctor` tells why; this page works again once it does"
FAULT = "a fault of Media Audit: its log has the details; please report it"
UNKNOWN = "there is no page at this address"


class Missing(UserError):
    """There is no such thing in the archive."""


@contextmanager
def looked_up() -> Iterator[None]:
    """Within it, an error of the user means that the address names a thing that is not there."""
    try:
        yield
    except UserError as error:
        raise Missing(str(error)) from error


def install(app: FastAPI) -> None:
    """Makes the application answer errors so."""
    app.add_exception_handler(UserError, lambda request, error: _answer(request, _status(error), str(error)))
    app.add_exception_handler(RequestValidationError, lambda request, error: _answer(request, 400, _wrong(error)))
    app.add_exception_handler(HTTPException, _http)
    for kind in (OperationalError, InterfaceError):
        app.add_exception_handler(kind, lambda request, error: _answer(request, 503, AWAY))
    app.add_exception_handler(Exception, _fault)


def _status(error: Exception) -> int:
    return 404 if isinstance(error, Missing) else 400


def _wrong(error: Exception) -> str:
    """The parameters that cannot be read, without their values."""
    assert isinstance(error, RequestValidationError)
    return "; ".join(f"{one['loc'][-1]}: {one['msg']}" for one in error.errors())


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _answer(request, error.status_code, UNKNOWN if error.status_code == 404 else str(error.detail))


def _fault(request: Request, error: Exception) -> Response:
    log.error("a page failed", path=request.url.path, error=type(error).__name__)
    return _answer(request, 500, FAULT)


def _answer(request: Request, status: int, detail: str) -> Response:
    if request.url.path.endswith(".json"):
        content = {"status": status, "detail": detail}
        return JSONResponse(content, status, media_type="application/problem+json")
    return html(request, "error.html", status, code=status, detail=detail)

"""Registers a view twice: as a page, and as JSON at the same address with `.json` behind it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from app.domain.access.roles import Act
from app.web.acts import notice
from app.web.admission import needs
from app.web.rendering import html

View = Callable[..., Any]  # takes the parameters of an address, returns what the page shows
METHODS = ["GET", "HEAD"]
REQUEST = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)


class Views:
    """The views of one module. A view returns a dataclass; its template calls it `page`."""

    def __init__(self) -> None:
        self.router = APIRouter()

    def view(self, path: str, template: str, act: Act = Act.READ) -> Callable[[View], View]:
        """Serves a view at a path. The JSON comes first, as `{name}` of the page would take `.json` for its own.

        act: a view of operators names theirs; a view changes nothing.
        """

        def register(view: View) -> View:
            needs(act)(view)
            beside = "/overview.json" if path == "/" else f"{path}.json"
            self.router.add_api_route(beside, _as_json(view), methods=METHODS)
            self.router.add_api_route(path, _as_html(view, template), methods=METHODS, include_in_schema=False)
            return view

        return register


def _as_json(view: View) -> View:
    @wraps(view)
    def answer(**given: Any) -> Response:
        return JSONResponse(jsonable_encoder(view(**given)))

    return answer


def _as_html(view: View, template: str) -> View:
    @wraps(view)
    def answer(request: Request, **given: Any) -> Response:
        return html(request, template, page=view(**given), notice=notice(request))

    plain = inspect.signature(view, eval_str=True)
    answer.__signature__ = plain.replace(parameters=[*plain.parameters.values(), REQUEST])  # type: ignore[attr-defined]
    return answer

"""Registers addresses of the API: each with its act, its cost, the form of its answer and of its problems."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse

from app.domain.access.roles import Act
from app.domain.access.scopes import scope_for
from app.domain.request_limits import Cost
from app.web.admission import by_token
from app.web.api.admission import bearer
from app.web.api.answers import answer
from app.web.problems import MEDIA_TYPE

View = Callable[..., Any]
PREFIX = "/api/v1"
PROBLEM = {"$ref": "#/components/schemas/Problem"}
ALWAYS = (400, 401, 403, 413, 414, 422, 429, 500, 503)  # that any address may answer
REQUEST = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request)
NOT_CHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The client has it: If-None-Match names its ETag"}}


class Api:
    """The addresses of one module. A view returns a dataclass, a `Paged`, or a response of its own."""

    def __init__(self, tag: str) -> None:
        self.router = APIRouter(prefix=PREFIX, dependencies=[Depends(bearer)], tags=[tag])

    def get(self, path: str, model: object, *, act: Act = Act.READ, **more: Any) -> Callable[[View], View]:
        """An address that is read. model: the dataclass of its answer; more: as `change`."""
        return self._register("GET", path, model, act, 200, more)

    def change(
        self, method: str, path: str, model: object = None, *, act: Act, status: int = 200, **more: Any
    ) -> Callable[[View], View]:
        """An address that acts. errors: statuses of its problems beside those of all; cost: of a request; responses:
        other answers, as FastAPI takes them."""
        return self._register(method, path, model, act, status, more)

    def _register(
        self, method: str, path: str, model: object, act: Act, status: int, more: Mapping[str, Any]
    ) -> Callable[[View], View]:
        def register(view: View) -> View:
            endpoint = _answering(view, status)
            by_token(act, endpoint)
            endpoint.cost = more.get("cost", Cost.PAGE)  # type: ignore[attr-defined]
            about = inspect.getdoc(view) or ""
            read = NOT_CHANGED if method == "GET" and model is not None else {}
            self.router.add_api_route(
                path,
                endpoint,
                methods=[method],
                status_code=status,
                response_model=model,
                responses={**problems(more.get("errors", ())), **read, **more.get("responses", {})},
                response_class=more.get("response_class", JSONResponse if model is not None else Response),
                summary=about.partition("\n")[0],
                description=f"{about}\n\nScope: {scope_for(act)}.",
                operation_id=view.__name__,
            )
            return view

        return register


def problems(errors: tuple[int, ...]) -> dict[int | str, dict[str, Any]]:
    """The problems of an address, for its description."""
    content = {MEDIA_TYPE: {"schema": PROBLEM}}
    return {status: {"description": HTTPStatus(status).phrase, "content": content} for status in (*ALWAYS, *errors)}


def _answering(view: View, status: int) -> View:
    @wraps(view)
    def endpoint(request: Request, **given: Any) -> Response:
        made = answer(request, view(request=request, **given) if wants else view(**given))
        if status != 200 and made.status_code == 200:
            made.status_code = status
        return made

    plain = inspect.signature(view, eval_str=True)
    wants = "request" in plain.parameters
    others = [one for one in plain.parameters.values() if one.name != "request"]
    endpoint.__signature__ = plain.replace(parameters=[*others, REQUEST])  # type: ignore[attr-defined]
    return endpoint

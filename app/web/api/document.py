"""The OpenAPI document of the API, for clients that are generated and for tests."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from pydantic import TypeAdapter

from app.domain.access.roles import Act
from app.web.admission import needs
from app.web.api.routes import PREFIX
from app.web.problems import Problem

ABOUT = (
    "The data of the archive and the acts of its operators. Each request carries a token; errors are problem details "
    "(RFC 9457) with a remedy; lists end with `next`, the address of the next page. docs/api.md tells more."
)


def router(parts: Iterable[APIRouter]) -> APIRouter:
    """The address of the document. It tells nothing of the archive, so it needs no token."""
    routes = [route for part in parts for route in part.routes]
    made = APIRouter()

    @lru_cache
    def document() -> dict[str, Any]:
        found = get_openapi(title="Media Audit", version=version("media-audit"), description=ABOUT, routes=routes)
        schemas = found["components"]["schemas"]
        schemas["Problem"] = TypeAdapter(Problem).json_schema(mode="serialization")
        return found

    @made.get(f"{PREFIX}/openapi.json", include_in_schema=False)
    @needs(Act.ENTER)
    def openapi() -> JSONResponse:
        """The document of the API."""
        return JSONResponse(document())

    return made

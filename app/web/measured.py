"""Counts requests by the template of their address, and their seconds, with the share of the database."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import metrics
from app.web.safety import SAFE, is_api

JSON, OVERVIEW = ".json", "/"


@dataclass
class Spent:
    """Seconds that the statements of a request have taken. Its threads share one object."""

    seconds: float = 0.0
    began: float = 0.0


_spent: ContextVar[Spent | None] = ContextVar("spent", default=None)


class Measured:
    """Counts each answer when it begins: how long a client takes to read it says nothing of this server."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, spent = perf_counter(), Spent()

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                _count(scope, message["status"], perf_counter() - began, spent.seconds)
            await send(message)

        token = _spent.set(spent)
        try:
            await self._app(scope, receive, sent)
        finally:
            _spent.reset(token)


def _count(scope: Scope, status: int, seconds: float, database: float) -> None:
    method = "read" if scope["method"] in SAFE else "write"
    route = template(scope)
    metrics.count(metrics.WEB_REQUESTS, (route, method, f"{status // 100}xx"))
    metrics.observe(metrics.WEB_SECONDS, (route,), seconds)
    metrics.count(metrics.WEB_DATABASE_SECONDS, (route,), database)


def template(scope: Scope) -> str:
    """The template of the address that answered; `other` where none did. A page, its JSON and its acts have one."""
    route = scope.get("route")
    path: str = getattr(route, "path_format", None) or scope["root_path"] or metrics.OTHER  # the root of a mount
    if is_api(path):
        return metrics.TEMPLATES_SEEN.label("/".join(path.split("/")[:4]))  # /api/v1/channels, say, with all below
    plain = path.removesuffix(JSON)
    if scope["method"] not in SAFE and plain.startswith("/"):
        plain = "/" + plain.split("/")[1]
    return metrics.TEMPLATES_SEEN.label(OVERVIEW if plain == "/overview" else plain)


def watch_statements() -> None:
    """From now on the statements of a request count as its seconds of the database."""
    if not event.contains(Engine, "before_cursor_execute", _begin):
        event.listen(Engine, "before_cursor_execute", _begin)
        event.listen(Engine, "after_cursor_execute", _end)


def _begin(*given: Any) -> None:
    if (spent := _spent.get()) is not None:
        spent.began = perf_counter()


def _end(*given: Any) -> None:
    if (spent := _spent.get()) is not None:
        spent.seconds += perf_counter() - spent.began

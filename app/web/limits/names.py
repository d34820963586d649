"""Refuses requests for host names that are not this server's (DNS rebinding)."""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.web.problems import problem
from app.web.safety import is_api

WRONG = "Invalid host header"


class OwnNames:
    """Lets a request through whose header Host is a name of this server, with any port."""

    def __init__(self, app: ASGIApp, names: Collection[str]) -> None:
        self._app, self._names = app, frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or Headers(scope=scope).get("host", "").partition(":")[0].lower() in self._names:
            await self._app(scope, receive, send)
            return
        refusal = problem(400, WRONG) if is_api(scope["path"]) else PlainTextResponse(WRONG, 400)
        await refusal(scope, receive, send)

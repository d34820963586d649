"""A connection that no client can hold by being slow: uvicorn's own is closed for silence alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import h11
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from app import metrics
from app.web.problems import problem
from app.web.safety import SafeHeaders, is_api


@dataclass(frozen=True)
class Patience:
    """Limits of a connection, in seconds, and of connections at once."""

    head: float = 10.0  # for a whole head; browsers send theirs at once
    body: float = 20.0  # for a whole body: 64 KB on the worst of lines
    # In which a client takes next to nothing of an answer. A player of video that pauses so asks anew for the rest.
    answer: float = 120.0
    served: int = 200  # connections; requests on more are refused with 503, so that a flood takes no memory
    open: int = 400  # connections; more are closed unheard, as a process has 1,024 descriptors


PATIENCE = Patience()
BUSY = "busy: try again in a moment"


async def busy(scope: Scope, receive: Receive, send: Send) -> None:
    """Refuses a request, as too many are under way."""
    metrics.count(metrics.WEB_REFUSALS, ("busy",))
    headers = {"Retry-After": "1", "Connection": "close"}
    if is_api(scope["path"]):
        answer: ASGIApp = problem(503, BUSY, headers)
    else:
        answer = PlainTextResponse(f"{BUSY}\n", 503, headers)
    await SafeHeaders(answer)(scope, receive, send)


class Connection(H11Protocol):
    """A connection of the page."""

    patience = PATIENCE

    def __init__(self, *given: Any, **named: Any) -> None:
        self._served: ASGIApp = busy
        self._part: str | None = None  # of a request: the one that `_limit` is for
        self._limit: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        super().__init__(*given, **named)

    @property
    def app(self) -> ASGIApp:
        """The application for the next request."""
        full = max(len(self.connections), len(self.tasks)) > self.patience.served
        return busy if full else self._served

    @app.setter
    def app(self, served: ASGIApp) -> None:
        self._served = served

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """See asyncio.Protocol."""
        super().connection_made(transport)
        if len(self.connections) > self.patience.open:
            self._drop("busy")
        self._watch()

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """See H11Protocol."""
        super().on_response_complete()
        self._watch()
        if self.transport.is_closing():
            self.pause_writing()  # a client that does not read the end of its answer

    def timeout_keep_alive_handler(self) -> None:
        """See H11Protocol."""
        super().timeout_keep_alive_handler()
        self.pause_writing()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        super().pause_writing()
        if self._stall is None:
            self._stall = self.loop.call_later(self.patience.answer, self._drop, "slow")

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        super().resume_writing()
        _cancel(self._stall)
        self._stall = None

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        super().connection_lost(exc)
        _cancel(self._limit)
        _cancel(self._stall)

    def send_400_response(self, msg: str) -> None:
        """See H11Protocol."""
        metrics.count(metrics.WEB_REFUSALS, ("malformed",))
        super().send_400_response(msg)

    def _watch(self) -> None:
        """Gives the part of a request that is due now its time; one that is not over keeps its end."""
        part = {h11.IDLE: "head", h11.SEND_BODY: "body"}.get(self.conn.their_state)
        if part != self._part:
            _cancel(self._limit)
            self._part = part
            if part is not None and not self.transport.is_closing():
                self._limit = self.loop.call_later(getattr(self.patience, part), self._drop, "slow")

    def _drop(self, reason: str) -> None:
        metrics.count(metrics.WEB_REFUSALS, (reason,))
        self.transport.abort()


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()


def connection(patience: Patience) -> type[Connection]:
    """Connections with these limits."""
    return type("Patient", (Connection,), {"patience": patience})

"""The moment from which a paid call may cost money: the first byte of its request leaves this machine.

A login, an upload, a connection or a bug before it costs nothing, so it never leaves a call with an unknown end.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import httpx

from app.errors import Transient

PAID = "/chat/completions"  # the one method that is billed, at every provider
BEGINS = ".send_request_headers.started"  # httpcore's event before the first byte, for each version of HTTP


class Wire:
    """Whether the paid request of one call went out. The event loop writes it, the caller's thread reads it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sent = self._closed = False

    def close(self) -> bool:
        """Lets no request out from now on; returns whether one went out before."""
        with self._lock:
            self._closed = True
            return self._sent

    def rejected(self) -> None:
        """The server rejected every request that went out: none of them can have been paid for."""
        with self._lock:
            self._sent = False

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """The extension `trace` of a request; raises Transient if its caller has left."""
        if not event.endswith(BEGINS) or info["request"].method == b"CONNECT":  # of a proxy: no part of the question
            return
        with self._lock:
            if self._closed:
                raise Transient("its caller did not wait for the request to go out")
            self._sent = True


CURRENT: ContextVar[Wire | None] = ContextVar("wire", default=None)


async def note_paid(request: httpx.Request) -> None:
    """The event hook `request` of every client of a model: connects its paid requests with the wire of their call."""
    wire = CURRENT.get()
    if wire is not None and request.method == "POST" and request.url.path.endswith(PAID):
        request.extensions["trace"] = wire.trace

"""Refuses clients that ask too often, with the time at which they may go on."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import anyio.to_thread
import structlog
from fastapi import FastAPI, Request, Response
from redis import RedisError
from starlette.types import ASGIApp, Receive, Scope, Send

from app import metrics
from app.domain.request_limits import LOGIN_ALONE, RATES, Cost, Count, Rate, cost_of, wait
from app.errors import UserError
from app.settings import Settings
from app.web.clients import client_of
from app.web.errors import too_many
from app.web.limits.counts import Counts, OwnCounts, SharedCounts

log = structlog.get_logger()

PAUSE = 5.0  # seconds after an error of Valkey before it is asked again: else each request would wait for it
FORM = "application/x-www-form-urlencoded"
THREADS = 8  # that ask Valkey: apart from those of the pages, which may all wait for the database


class TooManyRequests(Exception):
    """A client is beyond a limit. seconds: until it may go on."""

    def __init__(self, cost: Cost, seconds: float) -> None:
        super().__init__(f"too many requests: {cost}")
        self.cost, self.seconds = cost, seconds


class Limits:
    """The limits of all clients. Reading goes on while Valkey is away; attempts to sign in are counted here, then."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.time) -> None:
        self._settings, self._clock = settings, clock
        self._shared: Counts | None = None
        self._own = OwnCounts()
        self._again = 0.0  # monotonic time from which on Valkey is asked
        self._is_away = False

    def admit(self, cost: Cost, client: str) -> None:
        """Counts a request. TooManyRequests for one beyond its limit."""
        if (rate := self._rate(cost)) is None:
            return
        if seconds := self._wait(cost, client, rate):
            metrics.count(metrics.WEB_REFUSALS, (cost,))
            raise TooManyRequests(cost, seconds)

    def _rate(self, cost: Cost) -> Rate | None:
        """The limit, None for none. Guessing of passwords is slow on every installation."""
        rate, factor = RATES[cost], self._settings.web_rate_factor
        if cost is Cost.LOGIN:
            return rate
        return Rate(max(1, round(rate.requests * factor)), rate.seconds) if factor else None

    def _wait(self, cost: Cost, client: str, rate: Rate) -> float:
        try:
            if time.monotonic() >= self._again:
                return wait(self._counted(cost, client, rate), rate)
        except (RedisError, OSError, UserError) as error:
            self._lost(error)
        if cost is Cost.LOGIN:
            return wait(self._own.add(cost, client, LOGIN_ALONE, self._clock()), LOGIN_ALONE)
        metrics.count(metrics.WEB_UNLIMITED, ())
        return 0.0

    def _counted(self, cost: Cost, client: str, rate: Rate) -> Count:
        if self._shared is None:
            self._shared = SharedCounts(self._settings.redis())
        count = self._shared.add(cost, client, rate, self._clock())
        if self._is_away:
            self._is_away = False
            log.info("requests are limited again")
        return count

    def _lost(self, error: Exception) -> None:
        self._again = time.monotonic() + PAUSE
        if not self._is_away:
            self._is_away = True
            log.warning("requests are not limited: Valkey does not answer", error=type(error).__name__)


class RateLimited:
    """Refuses each request of a client that is beyond its limit."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits
        self._threads = anyio.CapacityLimiter(THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        answer = await self._refusal(Request(scope, receive)) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)

    async def _refusal(self, request: Request) -> Response | None:
        cost = cost_of(request.method, request.url.path)
        admit = partial(self._limits.admit, cost, client_of(request.scope))
        try:
            await anyio.to_thread.run_sync(admit, limiter=self._threads)
        except TooManyRequests as refused:
            return too_many(request, refused.seconds, await _fields(request) if cost is Cost.QUESTION else ())
        return None


async def _fields(request: Request) -> list[tuple[str, str]]:
    """The fields of a form, so that its page can offer to send them again."""
    if not request.headers.get("content-type", "").startswith(FORM):
        return []
    return [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]


def install(app: FastAPI) -> None:
    """Makes a view that is beyond a limit of its own answer so, too."""

    def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, TooManyRequests)
        return too_many(request, error.seconds)

    app.add_exception_handler(TooManyRequests, answer)

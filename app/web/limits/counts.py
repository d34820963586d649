"""Counts requests by client and window: in Valkey for all processes, or in this process alone."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import Protocol

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from app.domain.request_limits import Cost, Count, Rate

PREFIX = "web:limits"
DIGITS = 16  # of a client's hash: keys are of one length, whatever a client calls itself
SILENCE = 0.25  # seconds for an answer; a count takes a thousandth of it
MOST = 10_000  # counters of this process: 2 MB


class Counts(Protocol):
    """Counters of requests."""

    def add(self, cost: Cost, client: str, rate: Rate, at: float) -> Count:
        """Counts a request. at: Unix time."""


class SharedCounts:
    """Counters in Valkey. Two keys for each client and cost, each gone after two windows."""

    def __init__(self, url: str) -> None:
        retry = Retry(NoBackoff(), 1)  # a connection that was closed meanwhile is opened anew
        self._client = redis.Redis.from_url(
            url, socket_timeout=SILENCE, socket_connect_timeout=SILENCE, retry=retry, decode_responses=True
        )

    def add(self, cost: Cost, client: str, rate: Rate, at: float) -> Count:
        """See Counts. RedisError or OSError while Valkey is away."""
        window, elapsed = divmod(at, rate.seconds)
        name = f"{PREFIX}:{cost}:{_digest(client)}"
        with self._client.pipeline(transaction=True) as pipeline:
            pipeline.get(f"{name}:{window - 1:.0f}")
            pipeline.incr(f"{name}:{window:.0f}")
            pipeline.expire(f"{name}:{window:.0f}", round(2 * rate.seconds))
            before, now, _ = pipeline.execute()
        return Count(int(before or 0), int(now), elapsed)


class OwnCounts:
    """Counters in this process, the oldest dropped where there are too many."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._counted: OrderedDict[tuple[str, float], int] = OrderedDict()
        self._lock = Lock()

    def add(self, cost: Cost, client: str, rate: Rate, at: float) -> Count:
        """See Counts."""
        window, elapsed = divmod(at, rate.seconds)
        name = f"{cost}:{_digest(client)}"
        with self._lock:
            now = self._counted[name, window] = self._counted.get((name, window), 0) + 1
            self._counted.move_to_end((name, window))
            while len(self._counted) > self._most:
                self._counted.popitem(last=False)
            return Count(self._counted.get((name, window - 1), 0), now, elapsed)


def _digest(client: str) -> str:
    return sha256(client.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]

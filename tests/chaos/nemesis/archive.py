"""A subscriber who keeps every event that he hears."""

from __future__ import annotations

import json

import redis

from tests.chaos.nemesis.background import Background

QUEUE = "archive"


class Archive(Background):
    """Listens in a thread while the context lasts."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._client = redis.Redis.from_url(url, socket_timeout=5)
        self._heard: list[str] = []

    def heard(self) -> list[str]:
        """The idempotency keys of the events, in the order in which they came."""
        return list(self._heard)

    def work(self) -> None:
        """Listens."""
        while not self.stop.is_set():
            try:
                found = self._client.brpop([QUEUE], timeout=1)
            except (redis.RedisError, OSError):
                self.stop.wait(0.2)
                continue
            if isinstance(found, list | tuple):
                self._heard.append(json.loads(found[1])["headers"]["idempotency_key"])

"""A subscriber who keeps every event that he hears."""

from __future__ import annotations

import json
import threading
from types import TracebackType
from typing import Self

import redis

QUEUE = "archive"


class Archive:
    """Listens in a thread while the context lasts."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=5)
        self._heard: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="archive")

    def heard(self) -> list[str]:
        """The idempotency keys of the events, in the order in which they came."""
        return list(self._heard)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()
        self._client.close()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                found = self._client.brpop([QUEUE], timeout=1)
            except (redis.RedisError, OSError):
                self._stop.wait(0.2)
                continue
            if isinstance(found, list | tuple):
                self._heard.append(json.loads(found[1])["headers"]["idempotency_key"])

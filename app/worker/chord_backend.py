"""Where chords count their headers."""

from __future__ import annotations

from typing import Any

from celery.backends.redis import RedisBackend


class ChordCounter(RedisBackend):  # type: ignore[misc]
    """Redis as a counter and no more: nobody here waits for a result.

    Celery subscribes to the result of every header that it publishes and forgets it only once somebody has asked for
    it. A worker that publishes chords for months would keep one object and one subscription for each header.
    """

    def add_pending_result(self, result: Any, weak: bool = False, start_drainer: bool = True) -> Any:
        """Waits for nothing."""
        return result

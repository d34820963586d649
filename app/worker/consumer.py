"""The message consumer of a worker, which goes on sending heartbeats while it waits for the broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer

from app.worker import heartbeats


class BrokerAwaitingConsumer(Consumer):  # type: ignore[misc]
    """Celery's consumer that sends our heartbeats while it waits for the broker: Celery's own stop meanwhile."""

    def ensure_connected(self, conn: Any) -> Any:
        """Waits for the broker and returns the connection; each failed attempt sends a heartbeat."""
        ensure = conn.ensure_connection

        def telling(errback: Callable[..., object], *args: Any, **options: Any) -> Any:
            def failed(error: Exception, interval: float) -> None:
                errback(error, interval)
                heartbeats.beat()

            return ensure(failed, *args, **options)

        conn.ensure_connection = telling
        return super().ensure_connected(conn)

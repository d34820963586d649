"""The consumer of a worker: it goes on sending heartbeats while it waits for the broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer

from app.worker import heartbeats


class BrokerAwaitingConsumer(Consumer):  # type: ignore[misc]
    """Celery's consumer, which sends our heartbeats while it waits for a broker: Celery then sends none."""

    def ensure_connected(self, conn: Any) -> Any:
        """The connection, once there is one."""
        ensure = conn.ensure_connection

        def telling(errback: Callable[..., object], *args: Any, **options: Any) -> Any:
            def failed(error: Exception, interval: float) -> None:
                errback(error, interval)
                heartbeats.beat()

            return ensure(failed, *args, **options)

        conn.ensure_connection = telling
        return super().ensure_connected(conn)

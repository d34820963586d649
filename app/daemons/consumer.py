"""Consumes posts.vision.analyzed and makes the publication due for tagging; ignores the events of tagging itself."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event as Stop
from typing import cast

import structlog
from kombu.connection import Connection
from kombu.message import Message
from kombu.messaging import Consumer, Producer
from sqlalchemy.exc import OperationalError

from app import telemetry, trace
from app.db import transaction
from app.domain.flow import Next
from app.domain.guard import decide
from app.errors import Transient
from app.events.schemas import PostTaggedV1, VisionAnalyzedV1, parse
from app.events.topology import DEAD, RETAG, broker_errors, connect, declare, retag_queues
from app.local.stop_signal import stop_event
from app.log import configure_logging
from app.observe import files
from app.pipeline.engine.heartbeat import Heartbeat
from app.pipeline.steps.retag import vision_analyzed
from app.settings import get_settings

log = structlog.get_logger()

Handler = Callable[[VisionAnalyzedV1], None]
RETRIES = 3  # calls of a handler that fails for its own reasons; then the message goes to the dead list
LONGEST_WAIT = 30.0  # seconds between two calls while the database is down


def consume(on_vision_analyzed: Handler, stop: Stop, broker_url: str | None = None) -> None:
    """Consumes until `stop` is set. While the broker is down, it tries again every 2 seconds.

    on_vision_analyzed: called at least once for each event; the message is acknowledged after the call returns.
    """
    url = broker_url or get_settings().broker()
    heartbeat = Heartbeat(f"consumer@{socket.gethostname()}", os.getpid(), RETAG)
    lost = broker_errors(url)
    while not stop.is_set():
        heartbeat.beat()
        try:
            with connect(url) as connection:
                _drain(connection, on_vision_analyzed, stop, heartbeat)
        except lost as error:
            log.warning("consumer waits for the broker", error=type(error).__name__)
            stop.wait(2.0)
    heartbeat.end()


def _drain(connection: Connection, handler: Handler, stop: Stop, heartbeat: Heartbeat) -> None:
    declare(connection, retag_queues())
    channel = connection.default_channel
    dead = Producer(channel)

    def received(message: Message) -> None:
        _handle(message, lambda event: _call(handler, event, stop, heartbeat), dead)

    # Prefetch one: while a message waits for the database, another consumer can take the ones behind it.
    with Consumer(channel, [retag_queues()[0]], on_message=received, prefetch_count=1, auto_declare=False):
        while not stop.is_set():
            heartbeat.beat()
            with suppress(TimeoutError):
                connection.drain_events(timeout=1.0)


def _handle(message: Message, call: Callable[[VisionAnalyzedV1], bool], dead: Producer) -> None:
    """Acknowledges a handled message, moves an unusable one to the dead list, requeues one that `stop` interrupted.

    call: returns whether the handler finished.
    """
    try:
        event = parse(message.delivery_info["routing_key"], message.decode())
        response = decide(event.routing_key, event.trigger if isinstance(event, PostTaggedV1) else None)
    except Exception as error:  # from any publisher, in any form: it stays unreadable, so it must not return
        _bury(message, dead, f"unreadable: {type(error).__name__}")
        return
    if response == "ignore":
        message.ack()
        return
    try:
        with trace.at_work([trace.known(event.trace_id)]):
            done = call(cast(VisionAnalyzedV1, event))
    except Exception as error:
        _bury(message, dead, f"failed: {type(error).__name__}")
        return
    if done:
        message.ack()
    else:
        message.requeue()


def _call(handler: Handler, event: VisionAnalyzedV1, stop: Stop, heartbeat: Heartbeat) -> bool:
    """True once the handler has returned, False if `stop` came first. Raises its error after RETRIES failures."""
    failures = 0
    while True:
        try:
            handler(event)
            return True
        except (OperationalError, Transient) as error:  # the database is down: wait for it
            failures += 1
            log.warning("consumer waits", error=type(error).__name__, failures=failures)
        except Exception:
            failures += 1
            if failures >= RETRIES:
                raise
        heartbeat.beat()  # waiting with a reason in the log is not a hang
        if stop.wait(min(LONGEST_WAIT, 0.1 * 2**failures)):
            return False


def _bury(message: Message, dead: Producer, reason: str) -> None:
    """Publishes the message to the dead list, then acknowledges it: Redis has no dead-letter exchange."""
    key = message.headers.get("idempotency_key")
    log.error("message moved to the dead list", queue=DEAD, reason=reason, key=key)
    body = message.body if isinstance(message.body, bytes) else str(message.body).encode(errors="replace")
    dead.publish(
        body,
        routing_key=DEAD,
        content_type="application/octet-stream",
        content_encoding="binary",
        headers={**message.headers, "reason": reason, "routing_key": message.delivery_info.get("routing_key")},
    )
    message.ack()


def retag(event: VisionAnalyzedV1) -> list[Next]:
    """Makes due the work that the event may change. The event is a hint; rows decide."""
    with transaction() as session:
        return vision_analyzed(session, event.publication_id, event.revision, event.vision_version, event.features_hash)


def main() -> None:
    """python -m app.daemons.consumer: consumes until SIGTERM or SIGINT."""
    from app.tasks.publish import publish  # late: it imports Celery and the adapters

    configure_logging(get_settings())
    files.attach(get_settings())
    stop = stop_event()
    telemetry.start(f"consumer@{socket.gethostname()}")
    consume(lambda event: publish(retag(event)), stop)
    telemetry.stop()


if __name__ == "__main__":
    main()

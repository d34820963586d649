"""The relay: sends the events of the outbox to the broker, in order for each publication, at least once."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Event as Stop
from typing import Any

import structlog
from kombu.messaging import Producer
from sqlalchemy import exists, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from app.db import engine, transaction
from app.domain.advisory_locks import AdvisoryLock
from app.events import retention
from app.events.topology import EXCHANGE, broker_errors, connect, declare, retag_queues, subscriber_queues
from app.health.heartbeat_file import FINE, LivenessReport
from app.local.stop_signal import stop_event
from app.log import configure_logging
from app.models import OutboxEvent
from app.observe import files
from app.pipeline.engine.heartbeat import Heartbeat, forget_the_dead
from app.search import kept
from app.settings import get_settings

log = structlog.get_logger()

LOCK = AdvisoryLock.RELAY.value
AGAIN = 600.0  # seconds until the log repeats the key of an event that cannot be sent
SILENCE = 30.0  # seconds for the broker to take a message or to confirm it: one short of memory does neither
LATE = 120.0  # seconds that events may wait while nothing is sent and nothing fails; later counts as a hang
POLL = 0.5  # seconds between two queries of an empty outbox; a query takes a fraction of a millisecond


class Complaints:
    """Remembers which events the log named in the last AGAIN seconds: every pass meets an event that cannot be sent."""

    def __init__(self) -> None:
        self._named: dict[str, float] = {}

    def due(self, key: str) -> bool:
        """Whether to log this event now; the answer is False for the next AGAIN seconds."""
        now = time.monotonic()
        self._named = {key: when for key, when in self._named.items() if now - when < AGAIN}
        return self._named.setdefault(key, now) == now

    def any(self) -> bool:
        """Whether any event was named lately."""
        return bool(self._named)


def relay_once(broker_url: str, batch: int = 200, complaints: Complaints | None = None) -> int:
    """Sends up to `batch` events and returns how many; 0 while another relay holds the lock.

    Selects rows without published_at, never ids above the last one: a transaction that commits late has lower ids.
    After a crash between sending and marking, an event goes out again with the same idempotency key. Raises one of
    topology.broker_errors if the broker is down; the events sent before that are marked.
    """
    with _one_relay() as mine:
        if not mine or not _pending(1, ()):
            return 0
        with connect(broker_url) as connection:
            declare(connection, [*retag_queues(), *subscriber_queues(get_settings().event_queues)])
            return _send_batch(Producer(connection.default_channel, EXCHANGE), batch, complaints or Complaints())


def _send_batch(producer: Producer, batch: int, complaints: Complaints) -> int:
    """Sends and marks rows. Sets aside each publication with an event that cannot be sent, so that others go on."""
    stuck: set[int] = set()
    total = 0
    while total < batch and (rows := _pending(batch - total, stuck)):
        sent: list[int] = []
        try:
            _send(producer, rows, sent, stuck, complaints)
        finally:
            _mark(sent)
        total += len(sent)
    return total


def _send(
    producer: Producer, rows: Sequence[OutboxEvent], sent: list[int], stuck: set[int], complaints: Complaints
) -> None:
    """Fills `sent` and `stuck` row by row: when a later row raises, the caller still marks the rows sent before it."""
    for row in rows:
        if row.publication_id in stuck:
            continue  # its later events must not overtake the one that could not be sent
        try:
            producer.publish(row.payload, **_properties(row))
        except producer.connection.connection_errors:
            raise
        except Exception as error:
            stuck.add(row.publication_id)
            if complaints.due(row.idempotency_key):
                log.error(
                    "event cannot be sent", key=row.idempotency_key, trace_id=row.trace_id, error=type(error).__name__
                )
        else:
            sent.append(row.id)


def _properties(row: OutboxEvent) -> dict[str, Any]:
    return {
        "routing_key": row.routing_key,
        "serializer": "json",
        "delivery_mode": "persistent",
        "message_id": row.idempotency_key,
        # Not mandatory: an event may have no subscriber, and queues are declared before each batch.
        "timeout": SILENCE,
        "confirm_timeout": SILENCE,
        "headers": {"event_id": row.id, "idempotency_key": row.idempotency_key, "trace_id": row.trace_id},
    }


def _pending(limit: int, stuck: Collection[int]) -> Sequence[OutboxEvent]:
    query = select(OutboxEvent).where(OutboxEvent.published_at.is_(None), OutboxEvent.publication_id.not_in(stuck))
    with transaction() as session:
        return session.scalars(query.order_by(OutboxEvent.id).limit(limit)).all()


def _mark(sent: Sequence[int]) -> None:
    if sent:
        with transaction() as session:
            session.execute(update(OutboxEvent).where(OutboxEvent.id.in_(sent)).values(published_at=func.now()))


@contextmanager
def _one_relay() -> Iterator[bool]:
    """Yields whether this call holds the lock, which lives on its own connection, outside a transaction."""
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}))
        try:
            yield mine
        finally:
            if mine:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})


def run(stop: Stop, broker_url: str | None = None) -> None:
    """Relays until `stop` is set. While the database or broker is down, it waits: the outbox keeps all events."""
    url = broker_url or get_settings().broker()
    down: tuple[type[Exception], ...] = (SQLAlchemyError, *broker_errors(url))
    heartbeat = Heartbeat(f"relay@{socket.gethostname()}", os.getpid(), "outbox")
    complaints = Complaints()
    failures, tidied, useful = 0, float("-inf"), time.monotonic()
    while not stop.is_set():
        if heartbeat.due():
            heartbeat.beat(liveness(useful, complaints))
        try:
            if time.monotonic() - tidied > retention.EVERY:
                _tidy()
                tidied = time.monotonic()
            sent = relay_once(url, complaints=complaints)
            failures = 0
        except down as error:
            sent, failures = 0, failures + 1
            log.warning("relay waits", reason=type(error).__name__, failures=failures)
        if sent or failures:
            useful = time.monotonic()
        if not sent:
            stop.wait(min(30.0, POLL * 2**failures))
    heartbeat.end()


def liveness(useful: float, complaints: Complaints) -> LivenessReport:
    """Reports a hang if events have waited LATE seconds although nothing failed.

    useful: monotonic time at which the relay last sent an event or met an error.
    """
    silent = time.monotonic() - useful
    if silent < LATE:
        return FINE
    late = exists().where(
        OutboxEvent.published_at.is_(None), OutboxEvent.created_at < func.now() - timedelta(seconds=LATE)
    )
    try:
        with transaction() as session:
            if not session.scalar(select(late)):
                return FINE
    except SQLAlchemyError:
        return FINE  # the database is down: the next pass logs it
    if complaints.any():
        return LivenessReport(hangs="events cannot be sent: the log names them")
    return LivenessReport(
        hangs=f"events wait, and none was sent for {silent:.0f} s: another relay has the lock", dead=True
    )


def _tidy() -> None:
    """Deletes events past their retention, heartbeats of processes that are gone, and lists of hits that ended."""
    retention.drop_old(get_settings().kept_days())
    with transaction() as session:
        forget_the_dead(session)
        kept.drop_ended(session)


def main() -> None:
    """python -m app.daemons.relay: relays until SIGTERM or SIGINT."""
    configure_logging(get_settings())
    files.attach(get_settings())
    run(stop_event())


if __name__ == "__main__":
    main()

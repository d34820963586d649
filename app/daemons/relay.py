"""The relay: sends what the outbox holds, in order for each publication, at least once."""

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
from app.settings import get_settings

log = structlog.get_logger()

LOCK = AdvisoryLock.RELAY.value
AGAIN = 600.0  # seconds before an event that cannot be sent is named in the log again
SILENCE = 30.0  # seconds that a broker may take a message, or confirm it: one that is short of memory does neither
LATE = 120.0  # seconds that events may wait while nothing is sent and nothing fails: then the relay goes round in vain
POLL = 0.5  # seconds between two looks at an empty outbox: a look costs a fraction of a millisecond


class Complaints:
    """Which events were named in the log lately: one that can never be sent is met at every pass."""

    def __init__(self) -> None:
        self._named: dict[str, float] = {}

    def due(self, key: str) -> bool:
        """Whether this one is to be named now; then it is let be for a while."""
        now = time.monotonic()
        self._named = {key: when for key, when in self._named.items() if now - when < AGAIN}
        return self._named.setdefault(key, now) == now

    def any(self) -> bool:
        """Whether any is named at all."""
        return bool(self._named)


def relay_once(broker_url: str, batch: int = 200, complaints: Complaints | None = None) -> int:
    """Sends up to `batch` events and returns how many; 0 while another relay is at work.

    Looks for rows that were not sent, never for ids above the last one: a transaction that commits late has lower ids.
    A crash between sending and marking sends again, with the same idempotency key. A broker that is down raises one
    of topology.broker_errors; what was sent before is marked.
    """
    with _one_relay() as mine:
        if not mine or not _pending(1, ()):
            return 0
        with connect(broker_url) as connection:
            declare(connection, [*retag_queues(), *subscriber_queues(get_settings().event_queues)])
            return _send_batch(Producer(connection.default_channel, EXCHANGE), batch, complaints or Complaints())


def _send_batch(producer: Producer, batch: int, complaints: Complaints) -> int:
    """Publications whose event cannot be sent are set aside, so that they hold up nobody else."""
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
    """Appends to `sent` and `stuck` as it goes: what was sent counts, whatever comes after it."""
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
        # Not mandatory: an event that nobody subscribed to is a normal one, and queues are declared before each batch.
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
    """Whether this call may send. The lock has a connection of its own, outside a transaction, and ends with it."""
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LOCK}))
        try:
            yield mine
        finally:
            if mine:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK})


def run(stop: Stop, broker_url: str | None = None) -> None:
    """Relays until `stop` is set. A database or broker that is down is waited for: the outbox keeps everything."""
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
    """Whether it goes round in vain. useful: monotonic time at which it last sent something, or knew why not."""
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
        return FINE  # the database is away: the pass to come says so
    if complaints.any():
        return LivenessReport(hangs="events cannot be sent: the log names them")
    return LivenessReport(
        hangs=f"events wait, and none was sent for {silent:.0f} s: another relay has the lock", dead=True
    )


def _tidy() -> None:
    """What nobody needs any more: old events, and signs of life of processes that are long gone."""
    retention.drop_old(get_settings().kept_days())
    with transaction() as session:
        forget_the_dead(session)


def main() -> None:
    """python -m app.daemons.relay: relays until SIGTERM or SIGINT."""
    configure_logging(get_settings())
    files.attach(get_settings())
    run(stop_event())


if __name__ == "__main__":
    main()

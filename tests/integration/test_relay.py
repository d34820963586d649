"""The outbox and its relay on a real database and a real broker: order, nothing lost, doubles recognisable."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis
from click.testing import CliRunner
from kombu.connection import Connection
from sqlalchemy import create_engine, select, text, update
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from app.cli.events import events as events_command
from app.daemons import relay
from app.daemons.relay import relay_once
from app.db import engine, transaction
from app.errors import UserError
from app.events import outbox
from app.events.schemas import Event
from app.events.topology import broker_errors
from app.models import OutboxEvent, WorkerHeartbeat
from app.settings import Settings, get_settings, sqlalchemy_url
from tests.factories.events import parsed, tagged
from tests.services import TestServices

QUEUE = "everything"


@pytest.fixture(autouse=True)
def subscriber(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One subscriber gets all events."""
    monkeypatch.setenv("EVENT_QUEUES", f"{QUEUE}=posts.#")
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def put(*events: Event) -> None:
    with transaction() as session:
        for event in events:
            outbox.add(session, event)


def received(url: str, queue: str = QUEUE) -> list[str]:
    """The idempotency keys of all messages in a queue, in order of delivery; the queue is empty afterwards."""
    keys = []
    with Connection(url) as connection:
        channel = connection.default_channel
        while (message := channel.basic_get(queue, no_ack=True)) is not None:
            assert message.payload["idempotency_key"] == message.headers["idempotency_key"]
            keys.append(message.payload["idempotency_key"])
    return keys


def test_events_arrive_in_order_and_once(redis_url: str) -> None:
    sequence = [event for n in range(1, 6) for event in (parsed(n), tagged(n, n))]
    put(*sequence)
    assert relay_once(redis_url, batch=4) == 4
    assert [relay_once(redis_url) for _ in range(2)] == [6, 0]
    assert received(redis_url) == [event.idempotency_key for event in sequence]


def test_an_event_is_in_the_outbox_once_and_only_with_its_transaction(redis_url: str) -> None:
    put(parsed(1))
    put(parsed(1), parsed(2))
    with Session(engine()) as session:
        outbox.add(session, parsed(3))
        session.rollback()
    assert relay_once(redis_url) == 2
    assert received(redis_url) == [parsed(1).idempotency_key, parsed(2).idempotency_key]


def test_bindings_are_declared_anew_after_the_broker_forgot_everything(redis_url: str) -> None:
    put(parsed(1))
    relay_once(redis_url)
    with redis.Redis.from_url(redis_url) as broker:
        broker.flushdb()
    put(parsed(2))
    assert relay_once(redis_url) == 1
    assert received(redis_url) == [parsed(2).idempotency_key]


def test_a_row_that_is_committed_late_is_neither_skipped_nor_replayed_out_of_order(redis_url: str) -> None:
    with Session(engine()) as slow:
        outbox.add(slow, parsed(1))  # the lower id
        put(parsed(2))
        assert relay_once(redis_url) == 1
        with transaction() as session, pytest.raises(UserError, match="db locks"):
            outbox.after(session, 0, 10, patience=0.2)
        slow.commit()
    assert relay_once(redis_url) == 1
    assert received(redis_url) == [parsed(2).idempotency_key, parsed(1).idempotency_key]
    with transaction() as session:
        rows = outbox.after(session, 0, 10)
        assert [row.publication_id for row in rows] == [1, 2]
        assert [row.publication_id for row in outbox.after(session, rows[0].id, 10)] == [2]


def test_a_replay_does_not_wait_for_writers_of_another_database(services: TestServices) -> None:
    put(parsed(1))
    with services.database(services.template) as other:  # a copy: its tables have the same oids
        elsewhere = create_engine(sqlalchemy_url(other))
        with Session(elsewhere) as writer:
            outbox.add(writer, parsed(9))
            with transaction() as session:
                assert [row.publication_id for row in outbox.after(session, 0, 10, patience=0.2)] == [1]
        elsewhere.dispose()


def test_a_crash_between_sending_and_marking_doubles_with_the_same_key(redis_url: str) -> None:
    put(parsed(1))
    relay_once(redis_url)
    with transaction() as session:  # what a crash leaves behind
        session.execute(update(OutboxEvent).values(published_at=None))
    assert relay_once(redis_url) == 1
    first, second = received(redis_url)
    assert first == second


def test_two_relays_at_once_send_each_event_once_and_in_order(redis_url: str) -> None:
    put(*(tagged(n % 7, n) for n in range(1, 201)))
    counts: list[int] = []

    def work() -> None:
        while not finished():
            counts.append(relay_once(redis_url, batch=10))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    keys = received(redis_url)
    assert max(Counter(keys).values()) == 1
    assert keys == [tagged(n % 7, n).idempotency_key for n in range(1, 201)]
    assert sum(counts) == 200


def finished() -> bool:
    with transaction() as session:
        return session.scalar(select(OutboxEvent.id).where(OutboxEvent.published_at.is_(None)).limit(1)) is None


@contextmanager
def jammed(url: str) -> Iterator[str]:
    """The broker's address for a user who may write to the queue `free` alone."""
    with redis.Redis.from_url(url) as broker:
        rights = ["+@all", "&*", "%R~*", "%W~free*", "%W~_kombu*", "%W~media_audit*"]
        broker.execute_command("ACL", "SETUSER", "relay_test", "reset", "on", ">relay_test", *rights)
        try:
            yield f"redis://relay_test:relay_test@{url.split('@')[-1].removeprefix('redis://')}"
        finally:
            broker.execute_command("ACL", "DELUSER", "relay_test")


def test_an_event_that_cannot_be_sent_holds_up_its_publication_and_nobody_else(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker refuses writes to one queue (access list), as a full or misconfigured one would."""
    monkeypatch.setenv("EVENT_QUEUES", "jammed=posts.parsed,free=posts.tagged")
    get_settings.cache_clear()
    put(parsed(1), tagged(1, 1), tagged(2, 2))
    with jammed(redis_url) as address:
        assert relay_once(address) == 1
        assert received(redis_url, "free") == [tagged(2, 2).idempotency_key]
    assert relay_once(redis_url) == 2
    assert received(redis_url, "jammed") == [parsed(1).idempotency_key]
    assert received(redis_url, "free") == [tagged(1, 1).idempotency_key]


@pytest.mark.parametrize(("again", "least", "most"), [(relay.AGAIN, 1, 1), (0.5, 2, 4)])
def test_an_event_that_cannot_be_sent_is_named_now_and_then(
    redis_url: str, monkeypatch: pytest.MonkeyPatch, again: float, least: int, most: int
) -> None:
    monkeypatch.setenv("EVENT_QUEUES", "jammed=posts.parsed")
    monkeypatch.setattr(relay, "AGAIN", again)
    monkeypatch.setattr(relay, "POLL", 0.05)
    get_settings.cache_clear()
    put(parsed(1))
    stop = threading.Event()
    with jammed(redis_url) as address, capture_logs() as entries:
        threading.Timer(1.5, stop.set).start()
        relay.run(stop, address)
    named = [entry["key"] for entry in entries if entry["event"] == "event cannot be sent"]
    assert set(named) == {parsed(1).idempotency_key}
    assert least <= len(named) <= most


def test_a_broker_that_is_down_loses_nothing(redis_url: str) -> None:
    put(parsed(1))
    nowhere = "redis://127.0.0.1:1/0"
    with pytest.raises(broker_errors(nowhere)):
        relay_once(nowhere)
    assert relay_once(redis_url) == 1
    assert received(redis_url) == [parsed(1).idempotency_key]


def test_the_loop_sends_what_comes_and_shows_that_it_lives(redis_url: str) -> None:
    stop = threading.Event()
    loop = threading.Thread(target=relay.run, args=(stop, redis_url))
    loop.start()
    try:
        put(parsed(1))
        wait_until = threading.Event()
        for _ in range(100):
            if finished():
                break
            wait_until.wait(0.1)
    finally:
        stop.set()
        loop.join(10)
    assert not loop.is_alive()
    assert received(redis_url) == [parsed(1).idempotency_key]
    with transaction() as session:
        (alive,) = session.scalars(select(WorkerHeartbeat)).all()
    assert alive.worker.startswith("relay@")


def test_the_command_replays_from_an_id_on() -> None:
    put(*(parsed(n) for n in range(1, 5)))
    lines = [json.loads(line) for line in CliRunner().invoke(events_command, ["--limit", "2"]).output.splitlines()]
    assert [(line["routing_key"], line["publication_id"]) for line in lines] == [
        ("posts.parsed", 1),
        ("posts.parsed", 2),
    ]
    assert lines[0]["idempotency_key"] == parsed(1).idempotency_key
    rest = CliRunner().invoke(events_command, ["--after", str(lines[-1]["id"])]).output.splitlines()
    assert [json.loads(line)["publication_id"] for line in rest] == [3, 4]


def test_the_command_follows() -> None:
    code = "from app.cli.events import events; events(['--follow', '--limit', '2'])"
    put(parsed(1))
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["publication_id"] == 1
        put(parsed(2))
        assert json.loads(process.stdout.readline())["publication_id"] == 2
        assert process.wait(20) == 0


def test_looking_for_what_was_not_sent_reads_the_small_index() -> None:
    put(parsed(1))
    with transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        query = "SELECT * FROM outbox_events WHERE published_at IS NULL ORDER BY id LIMIT 200"
        plan = "\n".join(session.scalars(text(f"EXPLAIN {query}")))
    assert "idx_outbox_events_unpublished" in plan

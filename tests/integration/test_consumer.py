"""The in-house consumer on a real broker: it re-tags on a new reading, and nothing sends it round in circles."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from kombu.connection import Connection
from kombu.messaging import Producer
from sqlalchemy import func, select, update

from app.daemons.consumer import consume, retag
from app.daemons.relay import relay_once
from app.db import transaction
from app.domain.enrichment import TagsMetadata, VisionMetadata
from app.domain.flow import Call, Next
from app.domain.kinds import State, Step, Trigger
from app.errors import Transient
from app.events import announce, outbox
from app.events.schemas import VisionAnalyzedV1
from app.events.topology import DEAD, RETAG
from app.models import OutboxEvent, Publication, Work, WorkerHeartbeat
from tests.factories import rows
from tests.factories.events import HASH, analyzed

pytestmark = pytest.mark.usefixtures("settings")


@pytest.fixture
def publication() -> int:
    """A publication whose reading, made elsewhere, has not been merged; its id."""
    with transaction() as session:
        publication = rows.publication(session, rows.channel(session, "@cats").id)
        rows.post(session, publication, leads=True)
        return publication.id


def announce_tagged(publication: int) -> None:
    tags = TagsMetadata(
        tags=["кот"],
        tags_hash=HASH,
        tags_version=2,
        features_hash=HASH,
        text_hash="t",
        tagger_version="v",
        tagger_input_hash="i",
        revision=1,
        trigger=Trigger.VISION_RETAG,
    )
    with transaction() as session:
        outbox.add(session, announce.post_tagged(session.get_one(Publication, publication), tags, lineage=1))


def announce_analyzed(publication: int) -> None:
    vision = VisionMetadata(vision_version=2, features_hash=HASH, revision=1)
    with transaction() as session:
        outbox.add(session, announce.vision_analyzed(session.get_one(Publication, publication), vision))


@contextmanager
def consumer(url: str, handler: Callable[[VisionAnalyzedV1], None]) -> Iterator[None]:
    """A consumer at work, stopped at the end."""
    stop = threading.Event()
    thread = threading.Thread(target=consume, args=(handler, stop, url))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(15)
    assert not thread.is_alive()


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.02)


def idle(url: str) -> bool:
    """Whether every message was taken and acknowledged."""
    with redis.Redis.from_url(url) as broker:
        return bool(broker.llen(RETAG) == 0 and broker.hlen("media_audit.events.unacked") == 0)


def dead(url: str) -> int:
    with redis.Redis.from_url(url) as broker:
        return int(broker.llen(DEAD))


def counts() -> tuple[int | None, int | None]:
    """(rows of work, events)"""
    with transaction() as session:
        return session.scalar(select(func.count(Work.id))), session.scalar(select(func.count(OutboxEvent.id)))


def test_a_reading_from_elsewhere_makes_its_publication_due(redis_url: str, publication: int) -> None:
    announce_analyzed(publication)
    called: list[Next] = []
    with consumer(redis_url, lambda event: called.extend(retag(event))):
        relay_once(redis_url)
        wait_for(lambda: bool(called) and idle(redis_url))
    assert called == [Call(Step.MERGE, ((publication, 1),))]
    with transaction() as session:
        row = session.scalars(select(Work)).one()
        assert (row.step, row.subject_id, row.revision, row.state) == (Step.MERGE, publication, 1, State.DUE)


def test_a_double_makes_nothing_due_twice(redis_url: str, publication: int) -> None:
    announce_analyzed(publication)
    called: list[list[Next]] = []
    with consumer(redis_url, lambda event: called.append(retag(event))):
        for _ in range(2):
            relay_once(redis_url)
            with transaction() as session:  # as if the relay had died before it could mark the event
                session.execute(update(OutboxEvent).values(published_at=None))
        wait_for(lambda: len(called) == 2 and idle(redis_url))
    assert called[1] == []
    assert counts()[0] == 1


def test_a_real_event_of_tagging_again_makes_no_work_no_call_and_no_event(redis_url: str, publication: int) -> None:
    announce_tagged(publication)
    before = counts()
    called: list[VisionAnalyzedV1] = []

    def handler(event: VisionAnalyzedV1) -> None:
        called.append(event)
        retag(event)

    with consumer(redis_url, handler):
        assert relay_once(redis_url) == 1
        wait_for(lambda: consumed(redis_url) and idle(redis_url))
    assert idle(redis_url)  # the event was taken and acknowledged
    assert called == []
    assert counts() == before
    assert dead(redis_url) == 0
    with transaction() as session:
        sent = session.scalars(select(OutboxEvent)).one()
    assert (sent.routing_key, sent.payload["trigger"]) == ("posts.tagged", "vision_retag")


def consumed(url: str) -> bool:
    """Whether the consumer is there and the broker has handed out what it had."""
    with redis.Redis.from_url(url) as broker:
        return bool(any("brpop" in client["cmd"] for client in broker.client_list()) and broker.llen(RETAG) == 0)


def test_what_cannot_be_read_goes_to_the_dead_list_and_stops_nothing(redis_url: str) -> None:
    seen: list[int] = []
    with consumer(redis_url, lambda event: seen.append(event.publication_id)):
        wait_for(lambda: consumed(redis_url))
        with Connection(redis_url) as connection:
            producer = Producer(connection.default_channel)
            garbage: list[tuple[Any, str]] = [
                (b"{not json", "application/json"),
                (b"\xff\xfe", "application/x-unknown"),
            ]
            for body, content_type in garbage:
                producer.publish(body, routing_key=RETAG, content_type=content_type, content_encoding="utf-8")
        with transaction() as session:
            outbox.add(session, analyzed(4))
            session.flush()
            session.execute(update(OutboxEvent).values(payload={"publication_id": "four"}))
            outbox.add(session, analyzed(5))
        relay_once(redis_url)
        wait_for(lambda: bool(seen) and idle(redis_url))
    assert seen == [5]
    assert dead(redis_url) == 3


def test_a_handler_that_fails_is_tried_three_times_then_its_event_is_put_aside(redis_url: str) -> None:
    tries: list[int] = []

    def handler(event: VisionAnalyzedV1) -> None:
        tries.append(event.publication_id)
        if event.publication_id == 1:
            raise KeyError("a bug")

    with consumer(redis_url, handler):
        with transaction() as session:
            outbox.add(session, analyzed(1))
            outbox.add(session, analyzed(2))
        relay_once(redis_url)
        wait_for(lambda: 2 in tries and idle(redis_url))
    assert tries == [1, 1, 1, 2]
    assert dead(redis_url) == 1


def test_a_database_that_is_down_is_waited_for(redis_url: str) -> None:
    tries: list[int] = []

    def handler(event: VisionAnalyzedV1) -> None:
        tries.append(event.publication_id)
        if len(tries) == 1:
            raise Transient("the database is down")

    with consumer(redis_url, handler):
        with transaction() as session:
            outbox.add(session, analyzed(1))
        relay_once(redis_url)
        wait_for(lambda: len(tries) == 2 and idle(redis_url))
    assert dead(redis_url) == 0


def test_a_stop_gives_back_what_was_not_done(redis_url: str) -> None:
    started = threading.Event()

    def never(event: VisionAnalyzedV1) -> None:
        started.set()
        raise Transient("the database is down")

    with transaction() as session:
        outbox.add(session, analyzed(1))
    with consumer(redis_url, never):
        relay_once(redis_url)
        assert started.wait(15)
    done: list[VisionAnalyzedV1] = []
    with consumer(redis_url, done.append):
        wait_for(lambda: bool(done) and idle(redis_url))
    assert done == [analyzed(1, occurred_at=done[0].occurred_at)]


def test_the_consumer_shows_that_it_lives(redis_url: str) -> None:
    def beaten() -> list[str]:
        with transaction() as session:
            return list(session.scalars(select(WorkerHeartbeat.worker).where(WorkerHeartbeat.queues == RETAG)))

    with consumer(redis_url, lambda event: None):
        wait_for(lambda: bool(beaten()))
    assert beaten()[0].startswith("consumer@")


def test_a_lost_connection_is_made_anew(redis_url: str) -> None:
    seen: list[int] = []
    with consumer(redis_url, lambda event: seen.append(event.publication_id)):
        wait_for(lambda: consumed(redis_url))
        with redis.Redis.from_url(redis_url) as broker:
            for client in broker.client_list():
                if client["db"] == redis_url.rpartition("/")[2] and "brpop" in client["cmd"]:
                    broker.client_kill_filter(_id=client["id"])
        with transaction() as session:
            outbox.add(session, analyzed(3))
        relay_once(redis_url)
        wait_for(lambda: 3 in seen and idle(redis_url))
    assert set(seen) == {3}

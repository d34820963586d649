"""Events of the running system, and what is left of it when its broker forgets everything or its workers are killed."""

from __future__ import annotations

import os
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from celery import Celery

from app.demo.telegram import Faults, LoopbackTelegram
from app.demo.world import World
from app.events.schemas import SCHEMAS
from app.local.fleet import fleet
from app.local.processes import Processes
from app.settings import Settings
from tests.e2e.conftest import QUICK
from tests.e2e.flow import Flow, TestChannel
from tests.factories.messages import drawn_photo
from tests.factories.worlds import channels
from tests.services import TestServices

LEASE = 5.0  # seconds: an expired lease means a dead worker, so here they die quickly
EVENTS = (
    "SELECT e.id, e.routing_key, e.idempotency_key AS key, e.trace_id, e.publication_id, e.published_at,"
    " (e.payload->>'revision')::int AS revision, e.payload"
    " FROM outbox_events e JOIN publications p ON p.id = e.publication_id WHERE p.channel_id = %s ORDER BY e.id"
)


@pytest.fixture(scope="module")
def spoken(_running: Flow) -> list[dict[str, Any]]:
    """The events of a channel with an album, a late item of it, a lone photo and an edited text."""
    channel = _running.channel()
    channel.album([1, 2], 71, {1: "Ночная ярмарка"})
    channel.post(3, "Фото дня", drawn_photo())
    channel.post(4, "Старый текст")
    channel.watch()
    channel.post(5, "Текст, которого не было", drawn_photo(), grouped_id=72)
    channel.post(4, "Новый текст о набережной", edit_date=channel.there.messages[4].date)
    channel.settle()
    found = channel.rows(EVENTS)
    assert {event["routing_key"] for event in found} == set(SCHEMAS)
    return found


def test_one_trace_for_each_revision(spoken: list[dict[str, Any]]) -> None:
    traces = defaultdict(set)
    for event in spoken:
        traces[event["publication_id"], event["revision"]].add(event["trace_id"])
        assert event["trace_id"] == event["payload"]["trace_id"]
    assert len(traces) == 5, "three publications, one with two revisions, and a late one"
    assert all(len(found) == 1 for found in traces.values())
    assert len(set.union(*traces.values())) == len(traces), "no two revisions share a trace"


def test_events_come_in_the_order_of_the_flow(spoken: list[dict[str, Any]]) -> None:
    """Within a revision: parsed first, vision before it is tagged again, each tagging before its index."""
    revisions = defaultdict(list)
    for event in spoken:
        revisions[event["publication_id"], event["revision"]].append(event["routing_key"])
    for keys in revisions.values():
        assert keys[0] == "posts.parsed"
        assert keys[-1] == "posts.indexed"
        assert keys.count("posts.parsed") == 1
        if "posts.vision.uploaded" in keys:
            assert keys.index("posts.vision.uploaded") < keys.index("posts.vision.analyzed")
            assert "posts.tagged" in keys[keys.index("posts.vision.analyzed") :]
    for publication in {event["publication_id"] for event in spoken}:
        mine = [event for event in spoken if event["publication_id"] == publication]
        assert [event["revision"] for event in mine] == sorted(event["revision"] for event in mine)
        assert [event["published_at"] for event in mine] == sorted(event["published_at"] for event in mine)


def test_no_two_events_share_a_key(spoken: list[dict[str, Any]]) -> None:
    assert len({event["key"] for event in spoken}) == len(spoken)


# A fleet of its own, whose leases are short


@pytest.fixture(scope="module")
def fragile(services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flow, Processes]]:
    """A system that may be hurt."""
    home = tmp_path_factory.mktemp("fragile") / "home"
    there = channels(4, 6_000, "fragile_channel")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        server = stack.enter_context(LoopbackTelegram(World(there)))
        env = {
            **QUICK,
            "LEASE_SECONDS": str(LEASE),
            "MAX_ATTEMPTS": "4",
            "TELEGRAM_TIMEOUT": "3",
            "REPUBLISH_AFTER": "2",
            "LOG_FORMAT": "console",  # the default, which the other fleet has not
            "MEDIA_AUDIT_HOME": str(home),
            "DATABASE_URL": stack.enter_context(services.database(services.template)),
            "REDIS_URL": services.redis_url(keep=True),
            "TELEGRAM_SESSION": server.session(),
        }
        for name, value in env.items():
            patch.setenv(name, value)
        settings = Settings(_env_file=None)
        celery = Celery(broker=settings.broker(), backend=settings.redis(), set_as_current=False)
        flow = Flow(server, settings, celery, home, iter(there))
        processes = stack.enter_context(fleet(settings))
        flow.until(lambda: len(flow.rows("SELECT 1 FROM worker_heartbeats")) >= 7, "all workers at work", 90)
        yield flow, processes


def _posted(flow: Flow, posts: int) -> TestChannel:
    """A channel of single photos that has just been added: its history begins to flow."""
    channel = flow.channel()
    for number in range(1, posts + 1):
        channel.post(number, f"Снимок номер {number}", drawn_photo())
    return channel.add()


def _complete(channel: TestChannel, posts: int) -> None:
    """Everything came to its end, and once."""
    flow = channel.flow
    done = "SELECT count(*) FROM search_documents d WHERE channel_id = %s"
    flow.until(lambda: channel.one(done) == posts, "all posts findable", 60)
    flow.until(flow.idle, "idle", 60)
    ended = flow.rows("SELECT step, state, count(*) AS n FROM work WHERE step <> 'poll' GROUP BY 1, 2 ORDER BY 1, 2")
    assert {row["state"] for row in ended} == {"done"}, ended
    passages = channel.rows(
        "SELECT count(*) AS n FROM tag_changes t JOIN publications p ON p.id = t.publication_id"
        " WHERE p.channel_id = %s AND t.called_tagger GROUP BY t.publication_id"
    )
    assert len(passages) == posts
    assert all(row["n"] <= 2 for row in passages), "tagged by its text, and once more by its picture"
    files = flow.rows("SELECT media_file_id FROM media_vision GROUP BY 1 HAVING count(*) > 1")
    assert files == []
    events = channel.rows(EVENTS)
    assert len({event["publication_id"] for event in events}) == posts
    assert len({event["key"] for event in events}) == len(events)
    assert all(event["published_at"] for event in events)


def test_a_broker_that_forgets_everything_loses_nothing(fragile: tuple[Flow, Processes]) -> None:
    """In the middle of it queues, chords, bindings and hints are gone: sweeper and relay bring all to its end."""
    flow, _ = fragile
    channel = _posted(flow, 12)
    flow.until(lambda: channel.rows("SELECT 1 FROM posts WHERE channel_id = %s"), "the first posts")
    assert not flow.idle()
    for _ in range(3):
        with redis.Redis.from_url(flow.settings.broker()) as client:
            client.flushdb()
        time.sleep(0.3)
    _complete(channel, 12)
    assert _downloads(channel) == {1}


def test_killed_workers_lose_nothing_and_repeat_little(fragile: tuple[Flow, Processes]) -> None:
    """kill -9 of the downloading process, of a child that reads pictures, and of the one that tags."""
    flow, processes = fragile
    with flow.faults(Faults(latency=0.2)):
        channel = _posted(flow, 10)
        _kill_while(flow, "download", lambda: _pid(processes, "worker-telegram"))
    _kill_while(flow, "analyze", lambda: _child(_pid(processes, "worker-media")))
    _kill_while(flow, "merge", lambda: _pid(processes, "worker-default"), states=("due", "done"))
    _complete(channel, 10)
    assert max(_downloads(channel)) <= 2, "a file whose download was cut off is fetched once more, and no other"
    hurt = {row["step"] for row in flow.rows("SELECT step FROM work WHERE last_error IS NOT NULL")}
    assert {"download", "analyze"} <= hurt, "the kills struck while leases were held"
    restarts = processes.restarts()
    assert (restarts["worker-telegram"], restarts["worker-default"], restarts["worker-media"]) == (1, 1, 0)


def test_the_log_for_people_shows_no_secret(fragile: tuple[Flow, Processes]) -> None:
    """After a broker that forgot everything, killed workers, and a database that hung up on all of them."""
    flow, _ = fragile
    settings = flow.settings
    with psycopg.connect(settings.database().replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    channel = _posted(flow, 2)
    _complete(channel, 2)
    assert settings.telegram_session is not None
    session = settings.telegram_session.get_secret_value()
    urls = (settings.database(), settings.redis(), settings.broker())
    secrets = {session[20:60], *(urlsplit(url).password or "" for url in urls)}
    assert min(map(len, secrets)) >= 12
    logs = {path.name: path.read_text(errors="replace") for path in flow.home.glob("logs/*.log")}
    assert {"worker-telegram.log", "worker-media.log", "worker-default.log", "relay.log"} <= set(logs)
    assert not logs["worker-default.log"].lstrip().startswith("{"), "lines for people"
    assert [name for name, text in logs.items() for secret in secrets if secret in text] == []


def _kill_while(flow: Flow, step: str, pid: Callable[[], int], states: tuple[str, ...] = ("leased",)) -> None:
    query = "SELECT 1 FROM work WHERE step = %s AND state = ANY(%s)"
    flow.until(lambda: flow.rows(query, step, list(states)), f"{step} under way")
    os.kill(pid(), signal.SIGKILL)


def _pid(processes: Processes, name: str) -> int:
    found = processes.alive()[name]
    assert found
    return found


def _child(parent: int) -> int:
    [*children] = map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    return children[-1]


def _downloads(channel: TestChannel) -> set[int]:
    """How often each file of the channel was asked for from its first byte on."""
    asked: dict[int, int] = defaultdict(int)
    ids = {m.file.id for m in channel.there.messages.values() if m.file}
    for entry in channel.flow.server.ledger.of("upload.getFile"):
        if entry.args["file"] in ids and not entry.args.get("offset"):
            asked[entry.args["file"]] += 1
    assert set(asked) == ids
    return set(asked.values())

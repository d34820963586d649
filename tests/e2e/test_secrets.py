"""What the running processes say about themselves: what they serve, and never a secret."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from app.cli.output import OK
from app.demo.scraped import FORMATS, scrape
from app.domain.kinds import Step
from app.local.fleet import METRICS_URL
from tests.asking import asked
from tests.collector import PASSWORD
from tests.e2e.flow import Flow, TestChannel
from tests.factories.messages import drawn_photo
from tests.steps import QUEUES, TASKS


@pytest.fixture
def secrets(flow: Flow) -> dict[str, str]:
    """What must not be found anywhere, by name."""
    settings = flow.settings
    assert settings.telegram_session is not None
    session = settings.telegram_session.get_secret_value()
    passwords = {
        "password of the database": urlsplit(settings.database()).password,
        "password of Redis": urlsplit(settings.redis()).password,
        "password of the broker": urlsplit(settings.broker()).password,
    }
    found = {
        "session": session,
        "key in the session": session[20:60],
        "password of the collector": PASSWORD,
        **passwords,
    }
    assert all(len(value or "") >= 12 for value in found.values())
    return {name: value for name, value in found.items() if value}


QUESTION = "Что было тихим вечером?"


@pytest.fixture
def busy(channel: TestChannel) -> TestChannel:
    """Work was done, a question was answered, and connections broke: errors are where secrets slip out."""
    flow = channel.flow
    channel.album([1, 2], 61, {1: "Тихий вечер"})
    channel.watch()
    url = flow.settings.database().replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    flow.server.drop_connections()
    channel.post(3, "После обрыва", drawn_photo())
    channel.settle()
    assert asked(QUESTION).code == OK
    return channel


def test_logs_show_no_secret(busy: TestChannel, secrets: dict[str, str]) -> None:
    logs = {path.name: path.read_text(errors="replace") for path in busy.flow.home.glob("logs/*.log")}
    assert {"worker-telegram.log", "worker-media.log", "worker-default.log", "beat.log"} <= set(logs)
    assert _leaks(logs, {**secrets, "words of a user's question": QUESTION}) == []


def test_arguments_of_processes_show_no_secret(flow: Flow, secrets: dict[str, str]) -> None:
    lines = {str(pid): line for pid, line in _processes(flow)}
    assert len([line for line in lines.values() if "app.worker" in line]) >= 4, "the three workers and beat"
    assert _leaks(lines, secrets) == []


def test_broker_and_tables_hold_no_secret(busy: TestChannel, secrets: dict[str, str]) -> None:
    """Messages, chords' counters, hints; work with its errors, events, what Telegram sent."""
    flow = busy.flow
    with redis.Redis.from_url(flow.settings.broker()) as client:
        held = {key.decode(): _content(client, key.decode()) for key in client.scan_iter()}
    assert held, "at least the bindings of the queues"
    tables = ("work", "outbox_events", "channels", "posts", "post_media", "media_vision", "worker_heartbeats")
    questions = ("questions", "question_spans", "answer_sentences")
    rows = {table: str(flow.rows(f"SELECT * FROM {table}")) for table in (*tables, *questions)}
    assert QUESTION in rows["questions"]
    assert _leaks({**held, **rows}, secrets) == []
    assert _leaks({**held, "work": rows["work"]}, {"words of a question": QUESTION}) == [], "a message is a number"


def test_metrics_show_no_secret_and_no_question(busy: TestChannel, secrets: dict[str, str]) -> None:
    url = (busy.flow.home / "run" / METRICS_URL).read_text()
    served = {format: str([family.samples for family in scrape(url, format)]) for format in FORMATS}
    assert all("'ask'" in text for text in served.values()), "questions are counted"
    assert _leaks(served, {**secrets, "words of a question": QUESTION}) == []


def test_spans_show_no_secret_and_no_word_of_a_post(busy: TestChannel, secrets: dict[str, str]) -> None:
    """What leaves the machine: whole messages as the collector got them, whoever made the spans."""
    busy.flow.until(
        lambda: {"SELECT", "run"} <= {s.name.split("/")[0].split()[0] for s in busy.flow.collector.spans}, "spans"
    )
    spans = {str(number): raw.decode(errors="replace") for number, raw in enumerate(list(busy.flow.collector.raw))}
    words = {"text": "Тихий вечер", "later text": "После обрыва", "question": QUESTION, "collector's": PASSWORD}
    assert _leaks(spans, {**secrets, **words, "a statement": "FROM work"}) == []


def test_workers_say_what_they_serve(flow: Flow) -> None:
    """The first lines of each worker's log: its queue, and every task."""
    for queue in sorted(set(QUEUES.values())):
        log = (flow.home / "logs" / f"worker-{queue}.log").read_text()
        [line, *_] = [json.loads(line) for line in log.splitlines() if "worker serves" in line]
        assert line["queues"] == [queue]
        assert {TASKS[step] for step in Step} <= set(line["tasks"])


def _processes(flow: Flow) -> Iterator[tuple[int, str]]:
    """Command lines of this flow's processes: those that have its home in their environment."""
    mark = f"MEDIA_AUDIT_HOME={flow.home}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name), (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it ended, or it is not ours to look at


def _content(client: redis.Redis, key: str) -> str:
    read: dict[str, Callable[[], object]] = {
        "string": lambda: client.get(key),
        "list": lambda: client.lrange(key, 0, -1),
        "hash": lambda: client.hgetall(key),
        "set": lambda: client.smembers(key),
        "zset": lambda: client.zrange(key, 0, -1),
    }
    kind = client.type(key)
    kind = kind.decode() if isinstance(kind, bytes) else kind
    return str(read[kind]()) if kind in read else ""


def _leaks(places: dict[str, str], secrets: dict[str, str]) -> list[str]:
    return [f"{name} in {place}" for place, text in places.items() for name, value in secrets.items() if value in text]

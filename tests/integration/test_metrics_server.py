"""The metrics process over HTTP, with a real database and broker, and with ones that are away."""

from __future__ import annotations

import gzip
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from celery import Celery
from prometheus_client.samples import Sample
from sqlalchemy import make_url, text

from app import metrics
from app.daemons import metrics_server
from app.db import transaction
from app.demo.scraped import FORMATS, scrape
from app.domain.kinds import Step
from app.local.fleet import METRICS_URL
from app.observe import collector, files, gauges
from app.queues import NAMES
from app.settings import Settings, get_settings
from tests import browsing
from tests.rows import until

SOON = 8.0  # seconds: PATIENCE, and a busy machine; PostgreSQL's own patience is 10 s
PROBED = ("postgres", "broker", "telegram", "vision", "store")
GAUGES = {*gauges.FAMILIES, "queue_depth", "metrics_backend_up"}
ROWS = """
INSERT INTO channels (reference, last_success_at, enabled, added_at) VALUES
  ('@fresh', now(), true, now() - interval '9 h'), ('@behind', now() - interval '1 h', true, now() - interval '9 h'),
  ('@new', NULL, true, now()), ('@removed', now() - interval '9 h', false, now());
INSERT INTO work (step, subject_id, state, next_attempt_at) VALUES
  ('tag', 1, 'due', now() - interval '100 s'), ('tag', 2, 'due', now() - interval '50 s'),
  ('index', 1, 'due', now() + interval '1 h'), ('merge', 1, 'done', now() - interval '1 h'),
  ('download', 1, 'dead', now()), ('download', 2, 'dead', now()), ('download', 3, 'unknown', now());
INSERT INTO outbox_events (routing_key, idempotency_key, publication_id, payload, created_at, published_at) VALUES
  ('posts.tagged', 'a', 1, '{}', now() - interval '1 h', now()),
  ('posts.tagged', 'b', 1, '{}', now() - interval '30 s', NULL), ('posts.tagged', 'c', 1, '{}', now(), NULL);
INSERT INTO token_ledger (provider, model, purpose, reserved, settled, created_at) VALUES
  ('gigachat', 'm', 'vision', 900, 700, now()), ('gigachat', 'm', 'tags', 50, NULL, now()),
  ('gigachat', 'm', 'vision', 900, 700, now() - interval '70 days');
"""


def serving(settings: Settings) -> AbstractContextManager[str]:
    """The address of a metrics process in a thread, with these settings."""
    return browsing.serving(settings, metrics_server.run, METRICS_URL)


def series(url: str, format: str) -> list[Sample]:
    """All that are served."""
    return [sample for family in scrape(url, format) for sample in family.samples]


def value(samples: list[Sample], name: str, **labels: str) -> float:
    """Of the one series."""
    [found] = [one.value for one in samples if one.name == name and one.labels == labels]
    return found


def up(samples: list[Sample]) -> dict[str, float]:
    """target -> 1 or 0."""
    return {one.labels["target"]: one.value for one in samples if one.name == "metrics_backend_up"}


def test_every_family_is_there_from_the_start_in_both_formats(settings: Settings) -> None:
    files.attach(settings)
    try:
        metrics.processed("vision", "photo", "ok", 0.3, "0af7651916cd43dd8448eb211c80319c")
    finally:
        files.detach()
    with serving(settings) as url:
        body = urlopen(url).read().decode()
        told = {line.split()[2] for line in body.splitlines() if line.startswith("# TYPE ")}
        assert told == {*metrics.FAMILIES, *GAUGES}
        for format in FORMATS:
            samples = series(url, format)
            assert value(samples, "media_processing_total", stage="vision", media="photo", outcome="ok") == 1
            for step in Step:
                assert value(samples, "work_oldest_due_seconds", step=step) == 0
                assert value(samples, "work_dead", step=step) == 0
            for queue in NAMES:
                assert value(samples, "queue_depth", queue=queue) == 0
            assert up(samples).keys() == {*PROBED}
            assert {name for name, works in up(samples).items() if works} == {"postgres", "broker", "store"}
        packed = urlopen(Request(url, headers={"Accept-Encoding": "gzip"}))
        assert b"queue_depth" in gzip.decompress(packed.read())
        assert b"/metrics" in urlopen(url.removesuffix("metrics")).read()
        with pytest.raises(HTTPError, match="404"):
            urlopen(url + "/more")


def test_the_newest_trace_of_a_bucket_stands_beside_it_in_openmetrics(settings: Settings) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    files.attach(settings)
    try:
        metrics.processed("vision", "photo", "ok", 0.3, trace)
        with serving(settings) as url:

            def shown(format: str) -> list[str]:
                return [one.exemplar.labels["trace_id"] for one in series(url, format) if one.exemplar]

            until(lambda: shown("OpenMetrics") == [trace], "an exemplar", 10, pause=0.5)
            assert shown("text") == []
    finally:
        files.detach()


def test_gauges_say_what_the_rows_and_queues_say(settings: Settings) -> None:
    with transaction() as session:
        session.execute(text(ROWS))
    app = Celery(broker=settings.broker())
    with app.connection_for_write() as connection:
        for priority in (0, 6, 6):
            app.send_task("nobody", queue="llm", priority=priority, connection=connection, ignore_result=True)
    began = time.time()
    with serving(settings) as url:
        samples = series(url, "text")
    behind = began - value(samples, "channel_last_success_timestamp_seconds")
    assert behind == pytest.approx(3600, abs=30)
    assert value(samples, "channels_stale") == 1
    assert value(samples, "work_oldest_due_seconds", step="tag") == pytest.approx(100, abs=30)
    assert value(samples, "work_oldest_due_seconds", step="index") == 0, "not before its time"
    assert value(samples, "work_dead", step="download") == 2
    assert value(samples, "outbox_oldest_unpublished_seconds") == pytest.approx(30, abs=25)
    assert value(samples, "vision_budget_usage_tokens", provider="gigachat", period="day") == 750
    assert value(samples, "vision_budget_usage_tokens", provider="openai", period="month") == 0
    assert value(samples, "vision_budget_limit_tokens", provider="gigachat", period="day") == 250_000
    assert value(samples, "vision_budget_limit_tokens", provider="gigachat", period="month") == float("inf")
    assert value(samples, "queue_depth", queue="llm") == 3
    assert value(samples, "queue_depth", queue="media") == 0


class Line:
    """A way to the database that can be cut without a word: what is sent then arrives nowhere."""

    def __init__(self, host: str, port: int) -> None:
        self._there = host, port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open = threading.Event()
        self._open.set()
        self._pool = ThreadPoolExecutor(64)
        self._sockets: list[socket.socket] = [self._listener]
        self._pool.submit(self._accept)

    def cut(self) -> None:
        """From now on nothing passes."""
        self._open.clear()

    def mend(self) -> None:
        """Everything passes again, what was held up too."""
        self._open.set()

    def close(self) -> None:
        """For good."""
        self._open.set()
        for one in self._sockets:
            _end(one)
        self._pool.shutdown()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._listener.accept()
            except OSError:
                return
            there = socket.create_connection(self._there)
            self._sockets += [here, there]
            self._pool.submit(self._pump, here, there)
            self._pool.submit(self._pump, there, here)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._open.wait()
                sink.sendall(data)
        _end(sink)


def _end(one: socket.socket) -> None:
    """Both directions, whatever was ended before."""
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@pytest.fixture
def line(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """The settings' database is reached over it."""
    address = make_url(settings.database())
    made = Line(str(address.host), int(address.port or 5432))
    monkeypatch.setenv(
        "DATABASE_URL",
        address.set(host="127.0.0.1", port=made.port, drivername="postgresql").render_as_string(hide_password=False),
    )
    get_settings.cache_clear()
    yield made
    made.close()


def test_a_database_that_hangs_keeps_nobody_waiting_and_nothing_old_is_told(line: Line, settings: Settings) -> None:
    files.attach(settings)
    try:
        metrics.processed("vision", "photo", "ok", 0.3)
    finally:
        files.detach()
    with serving(get_settings()) as url:
        assert up(series(url, "text"))["postgres"] == 1
        line.cut()
        time.sleep(collector.SHARED)  # what was asked a moment ago is shared, and true
        began = time.monotonic()
        samples = series(url, "text")
        assert time.monotonic() - began < SOON
        assert up(samples)["postgres"] == 0
        assert up(samples)["broker"] == 1
        assert value(samples, "media_processing_total", stage="vision", media="photo", outcome="ok") == 1
        assert not [one for one in samples if one.name in gauges.FAMILIES]
        line.mend()
        until(lambda: up(series(url, "text"))["postgres"], "the database again", 60, pause=0.5)
        until(lambda: [o for o in series(url, "text") if o.name == "work_dead"], "its gauges too", 60, pause=0.5)


def test_services_that_are_not_there_are_told_and_the_process_lives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:1/nothing")
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    (tmp_path / "taken").write_text("a file where a directory is needed")
    monkeypatch.setenv("MEDIA_URL", f"file://{tmp_path}/taken/media")
    get_settings.cache_clear()
    with serving(get_settings()) as url:
        began = time.monotonic()
        samples = series(url, "OpenMetrics")
        assert time.monotonic() - began < SOON
    assert up(samples) == dict.fromkeys(PROBED, 0.0)


def test_a_taken_port_is_replaced_and_written_down(settings: Settings, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        environment = {**os.environ, "METRICS_PORT": str(taken), "PYTHONWARNINGS": "default"}
        with subprocess.Popen([sys.executable, "-m", "app.daemons.metrics_server"], env=environment) as process:
            url = settings.media_audit_home / "run" / METRICS_URL
            until(url.exists, "an address", 30)
            assert f":{taken}/" not in url.read_text()
            assert up(series(url.read_text(), "text"))["postgres"] == 1
            process.send_signal(signal.SIGTERM)
            assert process.wait(10) == 0

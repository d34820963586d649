"""One whole Media Audit for all end-to-end tests: real workers, beat, relay, consumer, broker and Telegram server.

Each test takes a channel of its own, so that tests share the fifteen seconds of start but nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from celery import Celery

from app.demo.telegram import LoopbackTelegram
from app.demo.world import World
from app.local.fleet import fleet
from app.settings import Settings, get_settings
from tests.collector import Collector
from tests.e2e.flow import Flow, TestChannel
from tests.factories.worlds import channels
from tests.services import TestServices

QUICK = {
    "POLL_INTERVAL": "1",
    "SWEEP_INTERVAL": "1",
    "ALBUM_WAIT": "4",
    "ALBUM_POLLS": "2",
    "REPUBLISH_AFTER": "5",
    "MAX_ATTEMPTS": "2",
    "WORKERS_TELEGRAM": "12",
    "WORKERS_MEDIA": "1",
    "WORKERS_DEFAULT": "1",
    "MEDIA_MAX_BYTES": "200000",
    "TELEGRAM_API_ID": "1",
    "TELEGRAM_API_HASH": "loopback",
    "LOG_FORMAT": "json",
    "OTEL_BSP_SCHEDULE_DELAY": "200",  # milliseconds that spans wait for company
}


@pytest.fixture(scope="package")
def _fleet(services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    home = tmp_path_factory.mktemp("e2e") / "home"
    there = channels(40, 5_000, "e2e_channel")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        server = stack.enter_context(LoopbackTelegram(World(there)))
        collector = stack.enter_context(Collector())
        database = stack.enter_context(services.database(services.template))
        env = {
            **QUICK,
            "MEDIA_AUDIT_HOME": str(home),
            "DATABASE_URL": database,
            "REDIS_URL": services.redis_url(keep=True),
            "TELEGRAM_SESSION": server.session(),
        }
        for name, value in env.items():
            patch.setenv(name, value)
        settings = Settings(_env_file=None)
        celery = Celery(broker=settings.broker(), backend=settings.redis())
        celery.conf.task_ignore_result = True
        flow = Flow(server, settings, celery, home, iter(there), collector)
        with pytest.MonkeyPatch.context() as traced:  # this fleet alone, not those of other tests
            traced.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint)
            stack.enter_context(fleet(settings))
        flow.until(lambda: len(flow.rows("SELECT 1 FROM worker_heartbeats")) >= 7, "all workers at work", 90)
        yield flow


@pytest.fixture(scope="module")
def _running(_fleet: Flow) -> Iterator[Flow]:
    """Polls of each second, of channels that earlier files are done with, would take a third of a core from others."""
    yield _fleet
    _fleet.rows("UPDATE channels SET enabled = false RETURNING id")


@pytest.fixture
def flow(_running: Flow, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flow]:
    """The running system; this process sees its settings too, as a command beside it would."""
    for name in ("DATABASE_URL", "REDIS_URL", "MEDIA_AUDIT_HOME"):
        value = getattr(_running.settings, name.lower())
        monkeypatch.setenv(name, value.get_secret_value() if hasattr(value, "get_secret_value") else str(value))
    get_settings.cache_clear()
    yield _running
    get_settings.cache_clear()


@pytest.fixture
def channel(flow: Flow) -> Iterator[TestChannel]:
    """A fresh channel."""
    found = flow.channel()
    yield found
    found.leave()

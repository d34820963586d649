"""A running system that one test has for itself, to stop and to hurt."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from celery import Celery

from app.demo.telegram import LoopbackTelegram
from app.demo.world import Channel, World
from app.local.fleet import fleet
from app.local.processes import Processes
from app.settings import Settings, get_settings
from tests.e2e.conftest import QUICK
from tests.e2e.flow import Flow, TestChannel, photo


@contextmanager
def own_fleet(home: Path, env: Mapping[str, str]) -> Iterator[tuple[Flow, Processes]]:
    """Workers, beat, relay and consumer around a Telegram server of their own; env: with the addresses of services."""
    there = [Channel(7_000 + n, 99_000 + n, f"Own {n}", f"own_channel_{n}") for n in range(3)]
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        server = stack.enter_context(LoopbackTelegram(World(there)))
        own = {"MEDIA_AUDIT_HOME": str(home), "TELEGRAM_SESSION": server.session(), "EMBEDDER": "none"}
        for name, value in {**QUICK, **own, **env}.items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        stack.callback(get_settings.cache_clear)
        settings = Settings(_env_file=None)
        celery = Celery(broker=settings.broker(), backend=settings.redis(), set_as_current=False)
        flow = Flow(server, settings, celery, home, iter(there))
        yield flow, stack.enter_context(fleet(settings))


def at_work(flow: Flow, processes: int) -> None:
    """Waits until so many of them have shown themselves."""
    flow.until(lambda: len(flow.rows("SELECT 1 FROM worker_heartbeats")) >= processes, "all workers at work", 90)


def watched(flow: Flow) -> TestChannel:
    """A channel that the workers poll from now on, empty yet."""
    channel = flow.channel()
    channel.id = flow.one("INSERT INTO channels (reference) VALUES (%s) RETURNING id", f"@{channel.there.username}")
    flow.until(lambda: channel.rows("SELECT 1 FROM channels WHERE id = %s AND cursor IS NOT NULL"), "first poll")
    return channel


def posted(channel: TestChannel, *numbers: int, text: str = "Снимок с текстом") -> None:
    """Single photos appear."""
    for number in numbers:
        channel.post(number, f"{text} номер {number}", photo())


def pid(processes: Processes, name: str) -> int:
    """Of a running process."""
    found = processes.alive()[name]
    assert found, f"{name} does not run"
    return found


def child(parent: int) -> int:
    """The youngest child of a prefork worker."""
    [*children] = map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    return children[-1]


def gone(number: int, seconds: float) -> float:
    """Waits for the end of a process; how long that took."""
    began = time.monotonic()
    while Path(f"/proc/{number}").exists():
        assert time.monotonic() - began < seconds, f"process {number} did not end within {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - began


def under_way(flow: Flow, step: str, count: int = 1) -> None:
    """Waits until so many rows of a step are leased."""
    query = "SELECT count(*) FROM work WHERE step = %s AND state = 'leased'"
    flow.until(lambda: flow.one(query, step) >= count, f"{step} under way", 30)

"""make test-exporter: the Celery exporter, in its own environment, beside live workers.

Its environment is another 60 MB of packages, so `make test` leaves this out (the name begins with no test_). Nothing is
skipped: without the environment it is installed, and where that cannot be the test fails.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from app.home.directory import open_home
from app.local import exporter, tcp_ports
from app.local.exporter import Exporter, exporter_for
from app.local.fleet import programs
from app.local.processes import Processes
from app.queues import NAMES
from tests.e2e.flow import Flow, TestChannel
from tests.steps import TASKS

FLOW = {"poll", "download", "persist", "analyze", "merge", "tag", "index"}
LABELS = {"name", "hostname", "queue_name", "exception", "le"}


@contextmanager
def running(flow: Flow) -> Iterator[tuple[Exporter, Path]]:
    """The program as a fleet with --exporter runs it; where it listens, and its log."""
    home = open_home(flow.home)
    one = exporter_for(flow.settings, home)
    [program] = [found for found in programs(flow.settings, home, None, one) if found.name == "exporter"]
    log = flow.home / "logs" / "exporter.log"
    with Processes() as processes:
        processes.add(program.name, program.argv, program.env, log)
        yield one, log


@pytest.mark.timeout(600)
def test_it_counts_what_live_workers_do_and_shows_no_secret(channel: TestChannel) -> None:
    flow = channel.flow
    with running(flow) as (one, log):
        _until(lambda: _answers(one), "the exporter answers")
        flow.celery.control.enable_events()  # as -E does for the workers of `up --exporter`
        _until(lambda: any(s.value for s in scrape(one).get("celery_worker_up", [])), "heartbeats")
        channel.album([1, 2], 81, {1: "Считано и сосчитано"})
        channel.watch()
        wanted = {TASKS[step] for step in TASKS if step.value in FLOW}
        _until(lambda: wanted <= {s.labels["name"] for s in done(one)}, "every step was counted")
        samples = scrape(one)

        assert {s.labels["queue_name"] for s in samples["celery_queue_length"]} == set(NAMES)
        workers = {s.labels["queue_name"]: s.value for s in samples["celery_active_worker_count"]}
        assert workers == {"telegram": 1, "media": 1, "default": 1, "llm": 0}
        assert not [s for s in samples.get("celery_task_failed_total", []) if s.value]
        buckets = {float(s.labels["le"]) for s in samples["celery_task_runtime_bucket"]}
        assert buckets == {*exporter.BUCKETS, float("inf")}
        _bounded(samples)

        text = httpx.get(one.url).text + httpx.get(one.url.replace("metrics", "health")).text + log.read_text()
        seen = Path(f"/proc/{_pid(one)}")
        text += (seen / "cmdline").read_text()
        password = urlsplit(flow.settings.broker()).password
        assert password
        assert password not in text
        environment = (seen / "environ").read_text()
        assert "TELEGRAM_SESSION" not in environment, "a program of others sees the broker and no account"
        assert "DATABASE_URL" not in environment
    with pytest.raises(httpx.ConnectError):
        httpx.get(one.url)


def test_a_port_that_is_taken_is_replaced(flow: Flow) -> None:
    home = open_home(flow.home)
    first = exporter_for(flow.settings, home)
    with ports_taken(flow.settings.exporter_port):
        second = exporter_for(flow.settings, home)
    assert second.port != flow.settings.exporter_port
    assert first.python == second.python == exporter.place() / "bin/python"


@contextmanager
def ports_taken(port: int) -> Iterator[None]:
    """Somebody listens there."""
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((tcp_ports.LOOPBACK, port))
        taken.listen()
        yield


def scrape(one: Exporter) -> dict[str, list[Sample]]:
    """What Prometheus would get, by the name of the sample."""
    found: dict[str, list[Sample]] = {}
    for family in text_string_to_metric_families(httpx.get(one.url, timeout=30).text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def done(one: Exporter) -> list[Sample]:
    """Tasks that ended well."""
    return [sample for sample in scrape(one).get("celery_task_succeeded_total", []) if sample.value]


def _bounded(samples: dict[str, list[Sample]]) -> None:
    """No series for each task, album or channel: months of work leave as many as a minute."""
    labels = {(name, value) for group in samples.values() for s in group for name, value in s.labels.items()}
    assert {name for name, _ in labels} <= LABELS
    known = {f"app.tasks.{name}" for name in ("poll.poll_channels", "sweep.sweep")} | set(TASKS.values()) | {"None"}
    assert {value for name, value in labels if name == "name"} <= known
    assert len({value for name, value in labels if name == "hostname"}) == 1, "the workers of one machine"
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", str(labels)), "ids of tasks"


def _answers(one: Exporter) -> bool:
    try:
        return httpx.get(one.url, timeout=30).status_code == 200
    except httpx.TransportError:
        return False


def _pid(one: Exporter) -> int:
    """Whoever was started with that port."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"--port={one.port}".encode() in words and b"-I" in words and str(one.python).encode() == words[0]:
            return int(folder.name)
    raise AssertionError("it does not run")


def _until(holds: Callable[[], object], what: str, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)

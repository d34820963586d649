"""Real workers, beat, relay and consumer that hang in every way: seen by their health checks, in the database, in
`status`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from celery import Celery

from app.daemons import relay
from app.health import heartbeat_file, liveness, readiness
from app.health.liveness import Health
from app.local.processes import Processes
from app.settings import get_settings
from tests.rows import until
from tests.services import TestServices

QUICK = {
    "LEASE_SECONDS": "2",
    "REPUBLISH_AFTER": "2",
    "TELEGRAM_TIMEOUT": "2",
    # A child that hangs while it has a task is killed by Celery's own time limit; here one is to hang that has none.
    "SWEEP_INTERVAL": "3600",
    "POLL_INTERVAL": "3600",
    "EMBEDDER": "none",
}
SILENT = 7.0  # seconds; the sign is renewed every 4
HOST = os.uname().nodename


@dataclass
class Plant:
    """Processes of their own, and what they are asked."""

    env: dict[str, str]
    processes: Processes
    celery: Celery

    @property
    def home(self) -> Path:
        """Theirs."""
        return Path(self.env["MEDIA_AUDIT_HOME"])

    def health(self, what: str, who: str, within: str = "90", **env: str) -> tuple[int, str]:
        """As a container's health check runs it: exit code, reason."""
        argv = [sys.executable, "-m", "app.health", what, who, "--within", within]
        done = subprocess.run(argv, env=self.env | env, capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1
        return done.returncode, done.stdout.strip()

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Of the database."""
        with psycopg.connect(self.env["DATABASE_URL"], autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def pid(self, name: str) -> int:
        """Of a process."""
        found = self.processes.alive()[name]
        assert found
        return found

    def says(self, who: str) -> str:
        """What it hangs at, by its own sign."""
        sign = heartbeat_file.read(self.home, f"{who}@{HOST}")
        return (sign.report.hangs or "") if sign else ""


def worker(queue: str, pool: str, size: int) -> tuple[str, ...]:
    """Its command, with the tasks that hang."""
    options = ("--without-gossip", "--without-mingle", "-n", f"{queue}@%h", "-Q", queue, "-P", pool, "-c", str(size))
    return (sys.executable, "-m", "celery", "-A", "app.worker", "worker", *options, "--include", "tests.stuck")


@pytest.fixture(scope="module")
def plant(services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """A prefork worker, a threads worker for each way to hang, beat, relay, consumer."""
    home = tmp_path_factory.mktemp("plant")
    source = str(Path(__file__).parents[2])
    with ExitStack() as stack:
        url = stack.enter_context(services.database(services.template))
        broker = services.redis_url(keep=True)
        env = {**os.environ, **QUICK, "MEDIA_AUDIT_HOME": str(home), "DATABASE_URL": url, "REDIS_URL": broker}
        env |= {"PYTHONPATH": source}
        programs = {
            "default": worker("default", "prefork", 1),
            "llm": worker("llm", "threads", 2),
            "telegram": worker("telegram", "threads", 1),
            "beat": (
                sys.executable,
                "-m",
                "celery",
                "-A",
                "app.worker",
                "beat",
                "--pidfile=",
            ),
            "relay": (sys.executable, "-m", "app.daemons.relay"),
            "consumer": (sys.executable, "-m", "app.daemons.consumer"),
        }
        processes = stack.enter_context(Processes(grace=2.0))
        for name, argv in programs.items():
            processes.add(name, argv, env, home / f"{name}.log")
        found = Plant(env, processes, Celery(broker=broker, set_as_current=False))
        until(lambda: len(found.rows("SELECT 1 FROM worker_heartbeats")) == len(programs), "sign of life of all", 120)
        yield found


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that does nothing more, for as long as the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


KINDS = ("default", "llm", "beat", "relay", "consumer")


def test_all_are_alive_and_ready(plant: Plant) -> None:
    for kind in KINDS:
        assert liveness.live(plant.home, kind) == Health(True, f"{kind}@{HOST} lives")
    assert plant.health("ready", "default") == (0, "default is ready")
    code, reason = plant.health("live", "media")
    assert code == 1
    assert "no sign of life" in reason


def test_a_check_of_liveness_loads_nothing_but_the_standard_library(plant: Plant) -> None:
    code = (
        "import sys; from app.health import checks; checks.check('live', 'relay', 90.0);"
        " print([name for name in ('pydantic', 'sqlalchemy', 'celery', 'rich', 'click') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], env=plant.env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def ready(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Health]:
    """Asks in this process, which has the libraries loaded already."""

    def ask(**env: str) -> Health:
        for name in ("DATABASE_URL", "REDIS_URL", "BROKER_URL"):
            monkeypatch.setenv(name, {**plant.env, **env}.get(name, ""))
        get_settings.cache_clear()
        return readiness.ready(plant.home, "relay")

    return ask


def test_ready_needs_the_broker_and_the_database_with_its_schema(plant: Plant, ready: Callable[..., Health]) -> None:
    assert ready().ok
    assert "broker does not answer" in ready(BROKER_URL="redis://127.0.0.1:1/0").reason
    away = ready(DATABASE_URL="postgresql://me:secret@127.0.0.1:1/none")
    assert (away.ok, "database does not answer" in away.reason, "secret" in away.reason) == (False, True, False)
    with psycopg.connect(plant.env["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '20261123_initial'")
        old = ready()
        connection.execute("UPDATE alembic_version SET version_num = '20991231_of_a_later_version'")
        new = ready()
    assert (old.ok, "media-audit db upgrade" in old.reason) == (False, True)
    assert new.ok, "workers of the version before can still use it"


def test_processes_that_stand_still_are_not_alive(plant: Plant) -> None:
    names = ("beat", "relay", "consumer")
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(stopped(plant.pid(name)))
        until(lambda: not any(liveness.live(plant.home, name, SILENT).ok for name in names), "end of their signs", 30)
        assert "relay" in plant.health("live", "relay", str(SILENT))[1]
    until(lambda: all(liveness.live(plant.home, name, SILENT).ok for name in names), "signs again", 30)


def test_a_child_that_hangs_is_seen_though_its_parent_lives(plant: Plant) -> None:
    parent = plant.pid("default")
    [child] = map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    with stopped(child):
        plant.celery.send_task("tests.stuck.hang", queue="default")
        until(lambda: "does not take it" in plant.says("default"), "hang", 40)
        code, reason = plant.health("live", "default")
        assert (code, f"default@{HOST} hangs" in reason) == (1, True)


def test_threads_that_hang_are_seen_one_by_one(plant: Plant) -> None:
    plant.celery.send_task("tests.stuck.hang", queue="llm")
    until(lambda: "1 of 2 threads beyond their time" in plant.says("llm"), "first hang", 40)
    found = liveness.live(plant.home, "llm")
    assert found.ok, "the other thread works"
    assert "but: 1 of 2 threads" in found.reason
    plant.celery.send_task("tests.stuck.hang", queue="llm")
    until(lambda: not liveness.live(plant.home, "llm").ok, "hang of all", 40)
    assert "2 of 2 threads" in liveness.live(plant.home, "llm").reason
    query = (
        f"SELECT hangs, busy_since < now() FROM worker_heartbeats WHERE worker = 'llm@{HOST}' AND hangs LIKE '2 of 2%'"
    )
    until(lambda: bool(plant.rows(query)), "hang in the database", 30)


def test_a_relay_that_goes_round_in_vain_says_so(plant: Plant, ready: Callable[..., Health]) -> None:
    """Another one holds the lock and sends nothing."""
    assert ready().ok
    with psycopg.connect(plant.env["DATABASE_URL"], autocommit=True) as connection:
        useful = time.monotonic() - 2 * relay.LATE
        assert relay.liveness(useful, relay.Complaints()) == heartbeat_file.FINE, "nothing waits"
        connection.execute("SELECT pg_advisory_lock(%s)", [relay.LOCK])
        connection.execute(
            "INSERT INTO outbox_events (routing_key, idempotency_key, publication_id, payload, created_at)"
            " VALUES ('posts.parsed', 'late', 1, '{}', now() - interval '10 min')"
        )
        found = relay.liveness(useful, relay.Complaints())
        connection.execute("DELETE FROM outbox_events")
    assert found.dead
    assert "none was sent" in str(found.hangs)


def test_a_loop_that_is_blocked_is_seen_though_all_threads_are_free(plant: Plant) -> None:
    plant.celery.send_task("tests.stuck.block_a_loop", queue="telegram")
    until(lambda: "event loop telegram has not turned" in plant.says("telegram"), "blocked loop", 40)
    assert not liveness.live(plant.home, "telegram").ok

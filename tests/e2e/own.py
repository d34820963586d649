"""A running system of one's own, with services of its own: to be stopped and hurt."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from celery import Celery

from app.demo.telegram import Faults, LoopbackTelegram
from app.demo.world import World
from app.home import endpoints
from app.local import services
from app.local.fleet import fleet
from app.local.processes import Processes
from app.migrations.run import run_migrations
from app.settings import Settings, get_settings
from tests.e2e.conftest import QUICK
from tests.e2e.flow import Flow, TestChannel
from tests.factories.messages import drawn_photo
from tests.factories.worlds import channels

# What was committed must outlive a kill -9 of the server, though not one of the machine.
CONF = "fsync = off\nfull_page_writes = off\nshared_buffers = 128MB\n"


class OwnServices:
    """PostgreSQL and Valkey as servers elsewhere: they may go and come back on the same address."""

    def __init__(self, home: Path) -> None:
        (home / "pg").mkdir(parents=True, mode=0o700)
        (home / "pg" / "local.conf").write_text(CONF)
        found = services.start(home, tied=True)
        assert found.database_url
        assert found.redis_url
        self.home = home
        self.env = {"DATABASE_URL": found.database_url, "REDIS_URL": found.redis_url}
        self._stopped: dict[str, int] = {}
        run_migrations(found.database_url)

    def kill(self, *names: str) -> None:
        """kill -9; nobody starts them again until `revive`."""
        for name in names:
            found = endpoints.read(self.home, name)
            assert found
            os.kill(found.supervisor, signal.SIGSTOP)
            os.kill(found.pid, signal.SIGKILL)
            self._stopped[name] = found.supervisor

    def revive(self, name: str) -> None:
        """Its supervisor notices, and starts it again."""
        os.kill(self._stopped.pop(name), signal.SIGCONT)

    def revive_all(self) -> None:
        """Whatever was killed."""
        for name in list(self._stopped):
            self.revive(name)

    def stop(self) -> None:
        """Ends both."""
        self.revive_all()
        services.stop(self.home)


@dataclass
class Own:
    """The system, and who keeps it."""

    flow: Flow
    processes: Processes
    services: OwnServices
    env: Mapping[str, str]  # of the workers; a test's own is emptied

    def command(self, *args: str) -> subprocess.CompletedProcess[str]:
        """`media-audit ...` beside the workers, with their settings."""
        argv = [sys.executable, "-c", "from app.cli.main import main; main()", *args]
        return subprocess.run(argv, env=dict(self.env), capture_output=True, text=True, timeout=60, check=False)

    def watched(self) -> TestChannel:
        """A channel that the workers poll from now on, empty yet."""
        channel = self.flow.channel().add()
        polled = "SELECT 1 FROM channels WHERE id = %s AND cursor IS NOT NULL"
        self.flow.until(lambda: channel.rows(polled), "first poll", 90)
        return channel

    def under_way(self, step: str, count: int = 1) -> None:
        """Waits until so many rows of a step are leased."""
        query = "SELECT count(*) FROM work WHERE step = %s AND state = 'leased'"
        self.flow.until(lambda: self.flow.one(query, step) >= count, f"{step} under way", 30)

    def complete(self, channel: TestChannel, posts: int) -> None:
        """Waits until all of them can be found, and nothing is left to do."""
        done = "SELECT count(*) FROM search_documents d WHERE channel_id = %s"
        self.flow.until(lambda: channel.one(done) == posts, "everything findable", 45)
        self.flow.until(self.flow.idle, "idle", 45)

    def pid(self, name: str) -> int:
        """Of a running process."""
        found = self.processes.alive()[name]
        assert found, f"{name} does not run"
        return found


@contextmanager
def own_system(home: Path, down: tuple[str, ...], env: Mapping[str, str]) -> Iterator[Own]:
    """Workers, beat, relay and consumer around services and a Telegram server of their own.

    down: services that do not answer while all of it starts. The server allows one connection for each session.
    """
    there = channels(4, 7_000, "own_channel")
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        server = stack.enter_context(LoopbackTelegram(World(there), Faults(auth_key_duplicated=True)))
        running = OwnServices(home / "services")
        stack.callback(running.stop)
        own = {"MEDIA_AUDIT_HOME": str(home / "home"), "TELEGRAM_SESSION": server.session(), "EMBEDDER": "none"}
        for name, value in {**QUICK, **own, **running.env, **env}.items():
            patch.setenv(name, value)
        get_settings.cache_clear()
        stack.callback(get_settings.cache_clear)
        settings = Settings(_env_file=None)
        celery = Celery(broker=settings.broker(), backend=settings.redis(), set_as_current=False)
        flow = Flow(server, settings, celery, home, iter(there))
        running.kill(*down)
        yield Own(flow, stack.enter_context(fleet(settings)), running, dict(os.environ))


def posted(channel: TestChannel, *numbers: int) -> None:
    """Single photos appear."""
    for number in numbers:
        channel.post(number, f"Снимок с текстом номер {number}", drawn_photo())


def child(parent: int) -> int:
    """The youngest child of a prefork worker."""
    [*children] = map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    return children[-1]


def gone(number: int, seconds: float) -> None:
    """Waits for the end of a process."""
    deadline = time.monotonic() + seconds
    while Path(f"/proc/{number}").exists():
        assert time.monotonic() < deadline, f"process {number} did not end within {seconds} s"
        time.sleep(0.02)

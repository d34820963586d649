"""Which processes make up Media Audit: workers, beat, relay, consumer, and Flower where people look on."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.local import ports
from app.local.home import Home, open_home, password, write_private
from app.local.lock import holder
from app.local.processes import Processes
from app.settings import Settings

LOCK = "run/up.lock"  # under the home: held by whoever runs a fleet in it
FLOWER_USER = "media-audit"
FLOWER_URL = "flower.url"  # under run/: where the Flower of the running fleet listens


@dataclass(frozen=True)
class Program:
    """One process. env is added to the environment that all share; secrets travel there, never in argv."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Flower:
    """Where Flower listens, and who may look."""

    url: str
    user: str
    password: str = field(repr=False)


def lock_file(settings: Settings) -> Path:
    """The file that whoever runs a fleet in this home holds locked."""
    return settings.media_audit_home.expanduser().absolute() / LOCK


@contextmanager
def fleet(
    settings: Settings,
    *,
    flower: Flower | None = None,
    locked: bool = False,
    first: Callable[[], object] = lambda: None,
) -> Iterator[Processes]:
    """Runs all processes until the context is left; the settings carry the addresses of all services.

    locked: the caller holds the lock of the home himself. first: done under the lock, before anybody is started.
    UserError when a fleet runs in this home already.
    """
    home = open_home(settings.media_audit_home)
    shared = environment(settings)
    if flower is None:
        (home.run / FLOWER_URL).unlink(missing_ok=True)
    with Processes(None if locked else home.root / LOCK) as processes:
        first()
        for program in programs(settings, home, flower):
            log = home.logs / f"{program.name}.log"
            processes.add(program.name, program.argv, {**shared, **program.env}, log)
        yield processes


def programs(settings: Settings, home: Home, flower: Flower | None = None) -> list[Program]:
    """The processes of one fleet, those first that take longest to start."""
    found = [
        _worker("telegram", "threads", settings.workers_telegram),
        _worker("media", "prefork", settings.workers_media),
        _worker("default", "prefork", settings.workers_default),
        # Where nobody waits for a model behind a network, nobody need listen to that queue.
        *([_worker("llm", "threads", settings.workers_llm)] if settings.paid_providers() else []),
        Program("beat", _celery("beat", "--schedule", _fresh_schedule(home), "--pidfile=")),
        Program("relay", (sys.executable, "-m", "app.events.relay")),
        Program("consumer", (sys.executable, "-m", "app.events.consumer")),
    ]
    if flower is not None:
        address, port = flower.url.removeprefix("http://").split(":")
        argv = _celery("flower", f"--address={address}", f"--port={port}")
        found.append(Program("flower", argv, {"FLOWER_BASIC_AUTH": f"{flower.user}:{flower.password}"}))
    return found


def flower_for(settings: Settings) -> Flower:
    """Flower's address on loopback (another port where FLOWER_PORT is taken) and its password, made once a home."""
    home = open_home(settings.media_audit_home)
    port = settings.flower_port if ports.is_free(settings.flower_port) else ports.choose(home, "flower")[0]
    url = f"http://{ports.LOOPBACK}:{port}"
    write_private(home.run / FLOWER_URL, url)
    return Flower(url, FLOWER_USER, password(home, "flower"))


def running_flower(settings: Settings) -> Flower | None:
    """The Flower of the fleet that runs in this home; None when none does."""
    home = open_home(settings.media_audit_home)
    url = home.run / FLOWER_URL
    if holder(home.root / LOCK) is None or not url.exists():
        return None
    return Flower(url.read_text(), FLOWER_USER, password(home, "flower"))


def environment(settings: Settings) -> dict[str, str]:
    """What the processes see: ours, with the addresses of the services, and one thread a process for numerics."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {
        "MEDIA_AUDIT_HOME": str(settings.media_audit_home.expanduser().absolute()),
        "DATABASE_URL": settings.database(),
        "REDIS_URL": settings.redis(),
        "BROKER_URL": settings.broker(),
        # Workers are the parallelism: libraries that start a thread a core would fight each other for them.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",
    }


def _worker(queue: str, pool: str, size: int) -> Program:
    # Gossip and mingle are for workers that elect or wait for each other; ours do not, and start a second sooner.
    options = ("--without-gossip", "--without-mingle", "-n", f"{queue}@%h", "-Q", queue, "-P", pool, "-c", str(size))
    return Program(f"worker-{queue}", _celery("worker", *options))


def _celery(command: str, *options: str) -> tuple[str, ...]:
    # Quiet: its banner is no line of a log, and says nothing that the first lines do not.
    return (sys.executable, "-m", "celery", "-A", "app.worker", "--quiet", command, *options)


def _fresh_schedule(home: Home) -> str:
    """Beat's file of last runs, made anew: one that a crash left half written would stop beat, and nothing needs it."""
    path = home.run / "beat-schedule"
    for left in home.run.glob("beat-schedule*"):
        left.unlink()
    return str(path)

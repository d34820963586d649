"""Starts the fleet: workers, beat, relay, consumer; also the metrics, the page, Flower and the exporter."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from app.errors import UserError
from app.home.directory import Home, open_home, password, write_private
from app.home.process_lock import holder
from app.local import exporter as celery_exporter
from app.local import tcp_ports
from app.local.exporter import Exporter
from app.local.processes import Processes
from app.settings import SECRETS, Settings

FLOWER_USER = "media-audit"
# Seconds until the processes start that only look on or pass on: at the same moment as the workers, on two cores, they
# would put off the first poll by as long.
LATER = 2.0
LOCK = "run/up.lock"  # under the home: held by the process that runs a fleet in it
FLOWER_URL = "flower.url"  # under run/: address of the running fleet's Flower
METRICS_URL = "metrics.url"  # under run/: address of its metrics process
WEB_URL = "web.url"  # under run/: address of its page


@dataclass(frozen=True)
class Program:
    """One process. env, never argv, carries secrets.

    env is added to the environment that all our processes share; a foreign program sees env alone. One that is not
    trusted sees no secret of Telegram and of providers.
    after: seconds until it starts.
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    foreign: bool = False
    trusted: bool = True
    after: float = 0.0

    def environment(self, shared: Mapping[str, str]) -> dict[str, str]:
        """All that it sees. shared: the environment of our processes."""
        if self.foreign:
            return dict(self.env)
        seen = {name: value for name, value in shared.items() if self.trusted or name.lower() not in SECRETS}
        return seen | dict(self.env)


@dataclass(frozen=True)
class Flower:
    """The address of Flower, with the user and password for its pages."""

    url: str
    user: str
    password: str = field(repr=False)


def lock_file(settings: Settings) -> Path:
    """The file that the process with a fleet in this home holds locked."""
    return settings.home / LOCK


@contextmanager
def fleet(
    settings: Settings,
    *,
    flower: Flower | None = None,
    exporter: Exporter | None = None,
    page: bool = False,
    locked: bool = False,
    first: Callable[[], object] = lambda: None,
) -> Iterator[Processes]:
    """Runs all processes until the context is left; the settings contain the addresses of all services.

    page: whether it is served. locked: the caller already holds the lock of the home. first: called under the lock,
    before any process starts.
    UserError if a fleet runs in this home already.
    """
    home = open_home(settings.home)
    shared = environment(settings) | {"METRICS_PORT": str(metrics_port(settings, home))}
    if page:
        shared |= {"WEB_PORT": str(web_port(settings, home))}
    else:
        (home.run / WEB_URL).unlink(missing_ok=True)
    if flower is None:
        (home.run / FLOWER_URL).unlink(missing_ok=True)
    with Processes(None if locked else home.root / LOCK) as processes:
        first()
        for program in programs(settings, home, flower, exporter, page=page):
            log = home.logs / f"{program.name}.log"
            processes.add(program.name, program.argv, program.environment(shared), log, after=program.after)
        yield processes


def programs(
    settings: Settings,
    home: Home,
    flower: Flower | None = None,
    exporter: Exporter | None = None,
    *,
    page: bool = False,
) -> list[Program]:
    """The processes of one fleet, the slowest to start first."""
    # Flower switches events on once it has found a worker; the exporter would miss the tasks before that.
    events = ("-E",) if exporter else ()
    found = [
        _worker(["telegram"], "threads", settings.workers_telegram, *events),
        _worker(["media"], "prefork", settings.workers_media, *events),  # also while vision is off: thumbnails
        _worker(["default"], "prefork", settings.workers_default, *events),
        _worker(["llm"], "threads", settings.workers_llm, *events),  # paid models, and receivers of alerts
        Program("beat", _celery("beat", "--pidfile="), after=LATER),
        Program("relay", (sys.executable, "-m", "app.daemons.relay"), after=LATER),
        Program("consumer", (sys.executable, "-m", "app.daemons.consumer"), after=LATER),
    ]
    if settings.metrics:
        found.append(Program("metrics", (sys.executable, "-m", "app.daemons.metrics_server"), after=LATER))
    if page:
        found.append(Program("web", (sys.executable, "-m", "app.daemons.web"), trusted=False, after=LATER))
    if flower is not None:
        address, port = flower.url.removeprefix("http://").split(":")
        argv = (sys.executable, "-m", "app.daemons.flower", address, port)
        found.append(Program("flower", argv, {"FLOWER_PASSWORD": flower.password}))
    if exporter is not None:
        found.append(Program("exporter", exporter.command(), celery_exporter.environment(settings), foreign=True))
    return found


def flower_for(settings: Settings) -> Flower:
    """Flower's address on loopback (another port if FLOWER_PORT is taken) and its password, made once for each home."""
    home = open_home(settings.home)
    url = f"http://{tcp_ports.LOOPBACK}:{tcp_ports.preferred(home, 'flower', settings.flower_port)}"
    write_private(home.run / FLOWER_URL, url)
    return Flower(url, FLOWER_USER, _flower_password(settings, home))


def running_flower(settings: Settings) -> Flower | None:
    """The Flower of the fleet that runs in this home, if any."""
    home = open_home(settings.home)
    url = home.run / FLOWER_URL
    if holder(home.root / LOCK) is None or not url.exists():
        return None
    return Flower(url.read_text(), FLOWER_USER, _flower_password(settings, home))


def _flower_password(settings: Settings, home: Home) -> str:
    return chosen_flower_password(settings) or password(home, "flower")


def chosen_flower_password(settings: Settings) -> str | None:
    """FLOWER_PASSWORD, or None if the user has set none. UserError for one that Flower would split."""
    password = settings.flower_password.get_secret_value() if settings.flower_password else None
    if password and "," in password:  # Flower splits there, and accepts each part as a login
        raise UserError("FLOWER_PASSWORD has a comma, which Flower takes for the end of it: choose another")
    return password


def metrics_port(settings: Settings, home: Home) -> int:
    """The port for the metrics process: METRICS_PORT, or another one if that is taken."""
    return _port(home, "metrics", settings.metrics_port, METRICS_URL, "/metrics")


def web_port(settings: Settings, home: Home) -> int:
    """The port for the page: WEB_PORT, or another one if that is taken."""
    return _port(home, "web", settings.web_port, WEB_URL)


def _port(home: Home, name: str, wanted: int, file: str, path: str = "") -> int:
    """Writes the address to a file, so that commands can show it before the process has started."""
    port = wanted if wanted and tcp_ports.is_free(wanted) else tcp_ports.choose(home, name)[0]
    write_private(home.run / file, f"http://{tcp_ports.LOOPBACK}:{port}{path}")
    return port


def running_metrics(settings: Settings) -> str | None:
    """The address of the metrics process of the fleet that runs in this home, if any."""
    return _running(settings, METRICS_URL) if settings.metrics else None


def running_page(settings: Settings) -> str | None:
    """The address of the page of the fleet that runs in this home, if any: WEB_URL where it is set."""
    url = _running(settings, WEB_URL)
    return settings.web_url.rstrip("/") if url and settings.web_url else url


def page_address(settings: Settings) -> str:
    """The address of the page that runs in this home, or the one that it will have."""
    own = settings.web_url.rstrip("/") if settings.web_url else None
    return own or running_page(settings) or f"http://{tcp_ports.LOOPBACK}:{settings.web_port}"


def _running(settings: Settings, file: str) -> str | None:
    home = open_home(settings.home)
    url = home.run / file
    return url.read_text().strip() if holder(home.root / LOCK) is not None and url.exists() else None


def environment(settings: Settings) -> dict[str, str]:
    """The environment of the processes: ours, the addresses of services, and one thread a process for numerics."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return env | {
        "MEDIA_AUDIT_HOME": str(settings.home),
        "DATABASE_URL": settings.database(),
        "REDIS_URL": settings.redis(),
        "BROKER_URL": settings.broker(),
        # The workers use all cores: libraries that start a thread for each core would compete for them.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",
    }


def _worker(queues: Sequence[str], pool: str, size: int, *more: str) -> Program:
    name = queues[0]
    # Gossip and mingle serve workers that elect or wait for each other. Ours do not, and start a second faster.
    options = (
        "--without-gossip",
        "--without-mingle",
        "-n",
        f"{name}@%h",
        "-Q",
        ",".join(queues),
        "-P",
        pool,
        "-c",
        str(size),
    )
    return Program(f"worker-{name}", _celery("worker", *options, *more))


def _celery(command: str, *options: str) -> tuple[str, ...]:
    # Quiet: the banner is not a log line, and the first log lines have the same facts.
    return (sys.executable, "-m", "celery", "-A", "app.worker", "--quiet", command, *options)

"""Starts, stops and inspects the embedded services of one home. They outlive the caller until they are stopped."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import app
from app.errors import UserError
from app.home import endpoints, process_lock
from app.home.directory import Home, check_owner, open_home
from app.settings import Settings, fill

log = logging.getLogger(__name__)

START_TIMEOUT = 180.0  # seconds: the first start makes the cluster, a start after a crash replays up to 2 GB of log
READY = "ready"  # the supervisor's last line to its caller: the service answers
STOP_TIMEOUT = 60.0  # seconds: more than the supervisor waits for its own child


@dataclass(frozen=True)
class Endpoints:
    """Addresses of services; None for one that the caller did not ask for. They contain passwords: never log them."""

    database_url: str | None
    redis_url: str | None
    started: bool  # whether this call started any of them, so that the caller can stop them again


@dataclass(frozen=True)
class ServiceStatus:
    """The state of one service for the user, without secrets."""

    name: str
    running: bool
    pid: int | None = None
    address: str | None = None  # host:port/database
    version: str | None = None


def start(home: Path, *, postgres: bool = True, valkey: bool = True, tied: bool = False) -> Endpoints:
    """Starts the services that do not run yet and waits until they answer; returns the addresses of all.

    tied: the services that this call starts end with this process, even if it is killed; else they run until `stop`.
    UserError with the remedy if the home belongs to another user or a service cannot start. Ctrl-C during the wait
    stops the services that the call started.
    """
    place = open_home(home)
    wanted = [name for name, asked in zip(endpoints.NAMES, (postgres, valkey), strict=True) if asked]
    missing = [name for name in wanted if endpoints.read(place.root, name) is None]
    launched: dict[str, subprocess.Popen[str]] = {}
    started: dict[str, bool] = {}
    try:
        for name in missing:
            launched[name] = _launch(place, name, tied)
        for name, process in launched.items():
            started[name] = _await(name, process)
    except BaseException:
        for name, process in launched.items():
            _abandon(place, name, process, answered=started.get(name, False))
        raise
    found = {name: endpoints.read(place.root, name) for name in wanted}
    urls = {name: endpoint.url for name, endpoint in found.items() if endpoint}
    if len(urls) < len(wanted):
        raise UserError(f"a service ended as soon as it had started; see {place.logs}")
    return Endpoints(urls.get("postgres"), urls.get("valkey"), started=any(started.values()))


def stop(home: Path) -> bool:
    """Stops the services of this home and waits for their end; False if none ran."""
    check_owner(home)
    # Valkey first, so that a worker that still runs loses its broker before its database.
    ran = [process_lock.terminate(endpoints.lock_file(home, name), STOP_TIMEOUT) for name in reversed(endpoints.NAMES)]
    return any(ran)


def status(home: Path) -> list[ServiceStatus]:
    """The services of this home, running or not."""
    check_owner(home)
    return [_status(name, endpoints.read(home, name)) for name in endpoints.NAMES]


def ensure(settings: Settings, *, tied: bool = False) -> Settings:
    """Starts the services without a configured address (see `start`); returns the settings with all addresses."""
    postgres, valkey = settings.database_url is None, settings.redis_url is None
    if not postgres and not valkey:
        return settings
    found = start(settings.home, postgres=postgres, valkey=valkey, tied=tied)
    return fill(settings, found.database_url, found.redis_url)


def _status(name: str, endpoint: endpoints.Endpoint | None) -> ServiceStatus:
    if endpoint is None:
        return ServiceStatus(name, running=False)
    return ServiceStatus(name, True, endpoint.pid, endpoint.address, endpoint.version)


def _launch(home: Home, name: str, tied: bool) -> subprocess.Popen[str]:
    """Starts a supervisor, which goes into the background and closes its stdout once the service answers."""
    return subprocess.Popen(
        [sys.executable, "-m", "app.local.supervisor", str(home.root), name, *([str(os.getpid())] if tied else [])],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=home.root,
        env=_environment(),
    )


def _environment() -> dict[str, str]:
    """Only the variables that Python and the services need: they must not see the caller's credentials."""
    kept = {key: value for key in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if (value := os.environ.get(key))}
    source = str(Path(str(app.__file__)).parents[1])
    return kept | {"LC_ALL": "C.UTF-8", "PYTHONPATH": os.pathsep.join([source, *filter(None, sys.path)])}


def _await(name: str, process: subprocess.Popen[str]) -> bool:
    """Waits for the supervisor's report: True if it started the service, False if the service ran already."""
    try:
        said, _ = process.communicate(timeout=START_TIMEOUT)
    except subprocess.TimeoutExpired as error:
        raise UserError(f"{name} does not answer after {START_TIMEOUT:.0f} s; its log says why") from error
    *notes, verdict = said.splitlines() or [f"error {name} could not be started"]
    for note in notes:
        log.warning("%s", note.removeprefix("note "))
    if verdict.startswith("error "):
        raise UserError(verdict.removeprefix("error "))
    return verdict == READY


def _abandon(home: Home, name: str, process: subprocess.Popen[str], *, answered: bool) -> None:
    """Ends a supervisor that has not answered yet by closing its pipe; stops a service that this call has started.

    answered: the supervisor's word that it started the service was read before.
    """
    assert process.stdout
    said = READY.encode() if answered else b""
    if not process.stdout.closed:
        os.set_blocking(process.stdout.fileno(), False)
        with suppress(BlockingIOError):
            said += os.read(process.stdout.fileno(), 1024)
        process.stdout.close()
    if READY.encode() in said:
        process_lock.terminate(endpoints.lock_file(home.root, name), STOP_TIMEOUT)
    process.wait()

"""Starts, stops and inspects the embedded services of one home. They outlive the caller until they are stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.errors import UserError
from app.home import endpoints, process_lock
from app.home.directory import check_owner, open_home
from app.local.launch import STOP_TIMEOUT, Launch


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
    UserError with the remedy if the home belongs to another user or a service cannot start. A caller that ends during
    the wait, by Ctrl-C or by a kill, leaves no service that this call started.
    """
    place = open_home(home)
    wanted = [name for name, asked in zip(endpoints.NAMES, (postgres, valkey), strict=True) if asked]
    launches: list[Launch] = []
    try:
        for name in wanted:
            if endpoints.read(place.root, name) is None:
                launches.append(Launch(place, name))
                launches[-1].begin(tied=tied)
        started = [launch.answer() for launch in launches]
        for launch in launches:
            launch.keep()
    except BaseException:
        for launch in launches:
            launch.abandon()
        raise
    found = {name: endpoints.read(place.root, name) for name in wanted}
    urls = {name: endpoint.url for name, endpoint in found.items() if endpoint}
    if len(urls) < len(wanted):
        raise UserError(f"a service ended as soon as it had started; see {place.logs}")
    return Endpoints(urls.get("postgres"), urls.get("valkey"), started=any(started))


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


def _status(name: str, endpoint: endpoints.Endpoint | None) -> ServiceStatus:
    if endpoint is None:
        return ServiceStatus(name, running=False)
    return ServiceStatus(name, True, endpoint.pid, endpoint.address, endpoint.version)

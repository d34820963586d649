"""Addresses of running embedded services: their supervisors write them to files under the home, others read them."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from app.home.directory import write_private
from app.home.process_lock import holder

NAMES = ("postgres", "valkey")


@dataclass(frozen=True)
class Endpoint:
    """One running service. The url contains the password: its file has mode 0600, and no log shows it."""

    url: str
    pid: int
    version: str
    supervisor: int  # process id of the supervisor that wrote the file

    @property
    def address(self) -> str:
        """host:port/database, without the password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}{parts.path}"


def read(home: Path, name: str) -> Endpoint | None:
    """The service's endpoint, or None if it does not run: a file left by a killed supervisor does not count."""
    supervisor = holder(lock_file(home, name))
    if supervisor is None:
        return None
    with suppress(FileNotFoundError):
        endpoint = Endpoint(**json.loads(_file(home, name).read_text()))
        if endpoint.supervisor == supervisor:
            return endpoint
    return None


def publish(home: Path, name: str, endpoint: Endpoint) -> None:
    """Writes where the service listens, for all processes with this home."""
    write_private(_file(home, name), json.dumps(asdict(endpoint)))


def retract(home: Path, name: str) -> None:
    """Removes the service's address."""
    _file(home, name).unlink(missing_ok=True)


def lock_file(home: Path, name: str) -> Path:
    """The lock file that the service's supervisor holds as long as it runs."""
    return home / "run" / f"{name}.lock"


def _file(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.json"

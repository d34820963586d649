"""Where running embedded services listen, as their supervisors wrote it under the home."""

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
    """One running service. The url carries its password: the file has mode 0600, and no log shows it."""

    url: str
    pid: int
    version: str
    supervisor: int  # process id of who wrote this

    @property
    def address(self) -> str:
        """host:port/database, without the password."""
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port}{parts.path}"


def read(home: Path, name: str) -> Endpoint | None:
    """Where the service listens, None when it does not run: a file left by a killed supervisor is not believed."""
    supervisor = holder(lock_file(home, name))
    if supervisor is None:
        return None
    with suppress(FileNotFoundError):
        endpoint = Endpoint(**json.loads(_file(home, name).read_text()))
        if endpoint.supervisor == supervisor:
            return endpoint
    return None


def publish(home: Path, name: str, endpoint: Endpoint) -> None:
    """Tells everybody with this home where the service listens."""
    write_private(_file(home, name), json.dumps(asdict(endpoint)))


def retract(home: Path, name: str) -> None:
    """Takes the address back."""
    _file(home, name).unlink(missing_ok=True)


def lock_file(home: Path, name: str) -> Path:
    """The lock that the service's supervisor holds while it lives."""
    return home / "run" / f"{name}.lock"


def _file(home: Path, name: str) -> Path:
    return home / "run" / f"{name}.json"

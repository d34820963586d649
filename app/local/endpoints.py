"""Where running embedded services listen, as their supervisors wrote it under the home."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.local.home import check_owner, write_private
from app.local.lock import holder
from app.settings import Settings

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


def with_endpoints(settings: Settings) -> Settings:
    """The settings with addresses of running embedded services in place of unset ones.

    UserError when the home belongs to another user. Costs two small reads, so every process may call it.
    """
    if settings.database_url and settings.redis_url:
        return settings
    home = settings.media_audit_home.expanduser().absolute()
    check_owner(home)
    postgres, valkey = read(home, "postgres"), read(home, "valkey")
    return fill(settings, postgres.url if postgres else None, valkey.url if valkey else None)


def fill(settings: Settings, database_url: str | None, redis_url: str | None) -> Settings:
    """The settings with these addresses in place of unset ones."""
    update = {}
    if settings.database_url is None and database_url:
        update["database_url"] = SecretStr(database_url)
    if settings.redis_url is None and redis_url:
        update["redis_url"] = SecretStr(redis_url)
    return settings.model_copy(update=update) if update else settings


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

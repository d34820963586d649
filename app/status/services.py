"""The services of an installation, with address and whether they answer: database, broker, pages of a running fleet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import redis
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.home.process_lock import holder
from app.settings import Settings

PATIENCE = 2.0  # seconds for an answer
PAGES = {
    "page": "web.url",
    "Flower": "flower.url",
    "metrics": "metrics.url",
}  # under run/, for as long as a fleet runs in this home
FLEET = "run/up.lock"


@dataclass(frozen=True)
class ServiceStatus:
    """One service. address: host:port/database without a password; version: empty if unknown."""

    name: str
    address: str
    answers: bool
    version: str = ""


def services(session: Session, settings: Settings) -> list[ServiceStatus]:
    """The database (this session proves that it answers), then the others."""
    version = str(session.scalar(text("SHOW server_version"))).split()[0]
    found = [ServiceStatus("PostgreSQL", address(settings.database()), True, version)]
    if settings.redis_url is not None:
        found.append(_redis("Valkey", settings.redis()))
    if settings.broker_url is not None and settings.broker_url != settings.redis_url:
        # True without a probe: app/status/problems.py probes the broker, and one probe is enough.
        if settings.broker().startswith("redis"):
            found.append(_redis("broker", settings.broker()))
        else:
            found.append(ServiceStatus("broker", address(settings.broker()), True))
    return [*found, *_pages(settings)]


def address(url: str) -> str:
    """host:port/database of an address, without user and password."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.hostname or 'localhost'}{port}{parts.path}"


def _redis(name: str, url: str) -> ServiceStatus:
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE) as client:
            about = client.info("server")
    except redis.RedisError:
        return ServiceStatus(name, address(url), False)
    return ServiceStatus(name, address(url), True, str(about.get("valkey_version") or about.get("redis_version", "")))


def _pages(settings: Settings) -> Iterator[ServiceStatus]:
    home = settings.home
    if holder(home / FLEET) is None:
        return
    for name, file in PAGES.items():
        path = home / "run" / file
        if path.exists():
            yield ServiceStatus(name, path.read_text().strip(), True)

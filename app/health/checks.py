"""python -m app.health live|ready WHO: whether a process is alive, whether it could do its work now; by exit code.

Runs inside the container of that process, every half minute: liveness needs the standard library alone (0.1 s), and
readiness one connection each to the database and the broker. WHO is a kind (telegram, media, llm, default, beat, relay,
consumer, metrics, flower) on this host, or a whole name (media@host).
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.health import heartbeat_file

TIMEOUT = 3.0  # seconds for an answer over HTTP, of the database, of the broker
WEB = {"flower": ("flower.url", "FLOWER_PORT", "5555"), "metrics": ("metrics.url", "METRICS_PORT", "8001")}
REVISION = re.compile(r'^(down_)?revision = "?([\w]+)"?$', re.MULTILINE)


@dataclass(frozen=True)
class Health:
    """Whether all is well, and a line that says why."""

    ok: bool
    reason: str


def live(home: Path, who: str, within: float = heartbeat_file.SILENT) -> Health:
    """Whether this process makes progress: only a restart helps one that does not.

    within: seconds since its last sign of life.
    """
    if who in WEB:
        return _answers(home, who)
    name = _name(who)
    file = heartbeat_file.read(home, name)
    if file is None:
        return Health(
            False,
            f"{name} has given no sign of life in {home / heartbeat_file.PLACE}: does it run, and with this home?",
        )
    if file.age() > within:
        return Health(
            False, f"{name} (process {file.pid}) has been silent for {file.age():.0f} s: it hangs, or is gone"
        )
    if file.report.dead:
        return Health(False, f"{name} hangs: {file.report.hangs}")
    return Health(True, f"{name} lives" + (f", but: {file.report.hangs}" if file.report.hangs else ""))


def ready(home: Path, who: str, within: float = heartbeat_file.SILENT) -> Health:
    """Whether it lives and could do its work now: database at our schema, broker, and for telegram the account."""
    found = live(home, who, within)
    checks: list[Callable[[], str | None]] = [_database, *([] if who == "metrics" else [_broker])]
    if who.partition("@")[0] == "telegram":
        checks.append(lambda: _account(home, _name(who)))
    for check in checks if found.ok else ():
        if (wrong := check()) is not None:
            return Health(False, f"{who} is not ready: {wrong}")
    return Health(True, f"{who} is ready") if found.ok else found


def _name(who: str) -> str:
    return who if "@" in who else f"{who}@{socket.gethostname()}"


def _answers(home: Path, who: str) -> Health:
    """A server of HTTP lives as long as it answers anything; that it wants a password is an answer."""
    file, setting, usual = WEB[who]
    url = f"http://127.0.0.1:{os.environ.get(setting) or usual}"
    with suppress(FileNotFoundError, NotADirectoryError):
        url = (home / "run" / file).read_text().strip()
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT):
            pass
    except urllib.error.HTTPError as error:
        if error.code >= 500:
            return Health(False, f"{who} answers with {error.code} at {url}")
    except (OSError, ValueError) as error:
        return Health(False, f"{who} does not answer at {url}: {getattr(error, 'reason', error)}")
    return Health(True, f"{who} answers at {url}")


def _database() -> str | None:
    import psycopg  # late, as all below: liveness does without

    from app.settings import get_settings

    url = get_settings().database().replace("postgresql+psycopg://", "postgresql://", 1)
    try:
        with psycopg.connect(url, connect_timeout=int(TIMEOUT), application_name="media-audit health") as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        return "the database has no schema: media-audit db upgrade"
    except psycopg.Error as error:
        return f"the database does not answer: {str(error).strip().splitlines()[0] or type(error).__name__}"
    return _behind(str(row[0]) if row else "")


def _behind(current: str) -> str | None:
    """A schema that is newer than we know is one that the workers of the version before can still use."""
    known, head = revisions()
    return (
        f"the schema is at {current}, this version needs {head}: media-audit db upgrade"
        if (current != head and (not current or current in known))
        else None
    )


def revisions() -> tuple[set[str], str]:
    """(all revisions of the schema, the newest): read from the migrations' text, for Alembic takes half a second."""
    from app.resources import resource

    known: set[str] = set()
    parents: set[str] = set()
    for path in resource("alembic").glob("versions/*.py"):
        for down, name in REVISION.findall(path.read_text()):
            (parents if down else known).add(name)
    return known, max(known - parents)


def _broker() -> str | None:
    from app.settings import get_settings

    url = get_settings().broker()
    if url.startswith(("redis://", "rediss://")):
        import redis

        try:
            with redis.Redis.from_url(url, socket_connect_timeout=TIMEOUT, socket_timeout=TIMEOUT) as client:
                client.ping()
        except redis.RedisError as error:
            return f"the broker does not answer: {type(error).__name__}"
        return None
    from kombu.connection import Connection

    try:
        with Connection(url, connect_timeout=TIMEOUT) as connection:
            connection.ensure_connection(max_retries=1, timeout=TIMEOUT)
    except Exception as error:  # each transport has errors of its own
        return f"the broker does not answer: {type(error).__name__}"
    return None


def _account(home: Path, name: str) -> str | None:
    file = heartbeat_file.read(home, name)
    return file.report.unready if file else None


def home() -> Path:
    """MEDIA_AUDIT_HOME, from the environment where it is set, as in a container: settings take half a second."""
    if told := os.environ.get("MEDIA_AUDIT_HOME"):
        return Path(told).expanduser().absolute()
    from app.settings import get_settings

    return get_settings().home


def check(what: str, who: str, within: float) -> Health:
    """`live` or `ready` in this home; settings that are missing are a reason like any other."""
    from app.errors import UserError

    try:
        return (live if what == "live" else ready)(home(), who, within)
    except UserError as error:
        return Health(False, str(error))


def main() -> int:
    """Prints the reason; 0 when all is well, else 1."""
    parser = argparse.ArgumentParser(prog="python -m app.health")
    parser.add_argument("what", choices=("live", "ready"))
    parser.add_argument("who")
    parser.add_argument("--within", type=float, default=heartbeat_file.SILENT)
    asked = parser.parse_args()
    found = check(asked.what, asked.who, asked.within)
    sys.stdout.write(found.reason + "\n")
    return 0 if found.ok else 1

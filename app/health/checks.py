"""The command python -m app.health live|ready WHO: tells by its exit code if a process makes progress, or could work.

Runs every 30 seconds in the container of that process. Liveness needs the standard library alone (0.1 s); readiness
opens one connection to the database and one to the broker. WHO is a kind of process on this host (telegram, media,
llm, default, beat, relay, consumer, metrics, flower) or a full name (media@host).
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from app.errors import UserError
from app.health import heartbeat_file
from app.health.liveness import Health, live


def check(what: str, who: str, within: float) -> Health:
    """The result of `live` or `ready` in this home. A missing setting is a failed check with its error text."""
    try:
        return live(home(), who, within) if what == "live" else _ready(who, within)
    except UserError as error:
        return Health(False, str(error))


def _ready(who: str, within: float) -> Health:
    from app.health.readiness import ready  # late: liveness must not load drivers of databases and brokers

    return ready(home(), who, within)


def home() -> Path:
    """MEDIA_AUDIT_HOME, from the environment if it is there, as in containers: loading settings takes 0.5 s."""
    if told := os.environ.get("MEDIA_AUDIT_HOME"):
        return Path(told).expanduser().absolute()
    from app.settings import get_settings  # late: liveness must not load pydantic

    return get_settings().home


def main() -> int:
    """Prints the reason; exit code 0 if the process is healthy, else 1."""
    parser = argparse.ArgumentParser(prog="python -m app.health")
    parser.add_argument("what", choices=("live", "ready"))
    parser.add_argument("who")
    parser.add_argument("--within", type=float, default=heartbeat_file.SILENT)
    asked = parser.parse_args()
    found = check(asked.what, asked.who, asked.within)
    sys.stdout.write(found.reason + "\n")
    return 0 if found.ok else 1

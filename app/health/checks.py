"""python -m app.health live|ready WHO: whether a process is alive, whether it could do its work now; by exit code.

Runs inside the container of that process, every half minute: liveness needs the standard library alone (0.1 s), and
readiness one connection each to the database and the broker. WHO is a kind (telegram, media, llm, default, beat, relay,
consumer, metrics, flower) on this host, or a whole name (media@host).
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
    """`live` or `ready` in this home; settings that are missing are a reason like any other."""
    try:
        return live(home(), who, within) if what == "live" else _ready(who, within)
    except UserError as error:
        return Health(False, str(error))


def _ready(who: str, within: float) -> Health:
    from app.health.readiness import ready  # late: liveness does without drivers of databases and brokers

    return ready(home(), who, within)


def home() -> Path:
    """MEDIA_AUDIT_HOME, from the environment where it is set, as in a container: settings take half a second."""
    if told := os.environ.get("MEDIA_AUDIT_HOME"):
        return Path(told).expanduser().absolute()
    from app.settings import get_settings  # late: liveness does without pydantic

    return get_settings().home


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

"""Liveness: does a process make progress? Reads its heartbeat file, or asks its page; the standard library alone.

Such a check runs every half minute beside each process, so it must cost 0.1 s and no more.
"""

from __future__ import annotations

import os
import socket
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.health import heartbeat_file

TIMEOUT = 3.0  # seconds for an answer over HTTP, of the database, of the broker
WEB = {"flower": ("flower.url", "FLOWER_PORT", "5555"), "metrics": ("metrics.url", "METRICS_PORT", "8001")}


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
    name = name_of(who)
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


def name_of(who: str) -> str:
    """KIND on this host, or the whole name as it was given."""
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

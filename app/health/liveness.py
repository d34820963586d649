"""Liveness: tells whether a process makes progress, by its heartbeat file or, for a web server, by an HTTP request.

Uses the standard library alone: the check runs every 30 seconds beside each process and must not take over 0.1 s.
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

TIMEOUT = 3.0  # seconds for an answer from an HTTP server, the database or the broker
WEB = {
    "flower": ("flower.url", "FLOWER_PORT", "5555"),
    "metrics": ("metrics.url", "METRICS_PORT", "8001"),
    "web": ("web.url", "WEB_PORT", "8000"),
}


@dataclass(frozen=True)
class Health:
    """The result of a check, with its reason in one line."""

    ok: bool
    reason: str


def live(home: Path, who: str, within: float = heartbeat_file.SILENT) -> Health:
    """Whether this process makes progress. If not, only a restart helps.

    within: longest age of its heartbeat in seconds.
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
    """The full name KIND@HOST; a kind alone means a process on this host."""
    return who if "@" in who else f"{who}@{socket.gethostname()}"


def _answers(home: Path, who: str) -> Health:
    """An HTTP server is alive if it answers with any status below 500, a request for a password included."""
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

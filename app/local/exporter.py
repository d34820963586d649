"""Installs and describes the Celery exporter by danihodovic: metrics of workers, tasks and queues.

It has its own environment, because it needs older packages than Media Audit (docs/adr/0013-celery-exporter.md);
scripts/install-runtime makes that environment beside ours.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app import queues
from app.errors import UserError
from app.home.directory import Home
from app.local import tcp_ports
from app.resources import resource
from app.settings import Settings

# Task durations in seconds: most take less than 1, a large file minutes, a message of four files up to 40 minutes.
BUCKETS = (0.05, 0.25, 1, 5, 30, 120, 600)
# Seconds without a heartbeat (one comes every 2 s) after which a worker counts as down; the exporter's default of five
# minutes would outlast most alerts.
WORKER_TIMEOUT = 30
# The wheel has no command. -I keeps Python from finding the name of its package, src, in the working directory.
_START = "from src.cli import cli; cli(auto_envvar_prefix='CE')"


@dataclass(frozen=True)
class Exporter:
    """An installed exporter, and the port that it listens on."""

    python: Path
    port: int

    @property
    def url(self) -> str:
        """The address that Prometheus scrapes."""
        return f"http://{tcp_ports.LOOPBACK}:{self.port}/metrics"

    def command(self) -> tuple[str, ...]:
        """The command line; the broker's address is not in it."""
        return (str(self.python), "-I", "-c", _START, f"--host={tcp_ports.LOOPBACK}", f"--port={self.port}", *OPTIONS)


OPTIONS = (
    f"--queues={','.join(queues.NAMES)}",  # shown from the first scrape on, even without a worker
    f"--buckets={','.join(map(str, BUCKETS))}",
    f"--worker-timeout={WORKER_TIMEOUT}",
    "--retry-interval=2",  # seconds: without it a restart of the broker ends the exporter, and its counters with it
)


def exporter_for(settings: Settings, home: Home) -> Exporter:
    """The exporter on EXPORTER_PORT, or on a free port if that is taken. Installs it if it is missing.

    UserError with the command to run if it cannot be installed.
    """
    return Exporter(_installed(), tcp_ports.preferred(home, "exporter", settings.exporter_port))


def environment(settings: Settings) -> Mapping[str, str]:
    """The whole environment of the exporter: a foreign program must not see the database's address or the session."""
    kept = {name: value for name in ("PATH", "HOME", "TMPDIR") if (value := os.environ.get(name))}
    return kept | {
        "CE_BROKER_URL": settings.broker(),  # not an argument: any user can read those
        "LOGURU_DIAGNOSE": "NO",  # else tracebacks show the values of variables, including that address
        "PYTHONUNBUFFERED": "1",
    }


def place() -> Path:
    """The directory of the exporter's environment, beside ours."""
    return Path(f"{sys.prefix}-exporter")


def _installed() -> Path:
    """The exporter's Python. Uses an environment that we may not write as it is: another user installed it."""
    there = place()
    if os.access(there, os.W_OK) or not (there / ".installed").exists():
        script = resource("scripts/install-runtime")
        if subprocess.run(["bash", script, there, "--exporter"], stdout=sys.stderr, check=False).returncode:
            raise UserError(
                f"the Celery exporter is not installed, see above: run `bash {script} {there} --exporter` "
                "as a user who may, or `up` without --exporter"
            )
    return there / "bin/python"

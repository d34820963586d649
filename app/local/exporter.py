"""The Celery exporter by danihodovic: metrics of workers, tasks and queues, from an environment of its own.

It wants older packages than Media Audit (docs/adr/0013-celery-exporter.md); scripts/install-runtime makes that
environment beside ours.
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

# Seconds that a task runs: most take less than one, a large file minutes, and a message of four files up to forty.
BUCKETS = (0.05, 0.25, 1, 5, 30, 120, 600)
# Seconds without a heartbeat (they come every two) after which a worker counts as down; the exporter's own five minutes
# would outlast most alerts.
WORKER_TIMEOUT = 30
# The wheel has no command; the name of its package, src, must not be looked for in the working directory (-I).
_START = "from src.cli import cli; cli(auto_envvar_prefix='CE')"


@dataclass(frozen=True)
class Exporter:
    """An installed exporter, and where it is to listen."""

    python: Path
    port: int

    @property
    def url(self) -> str:
        """What Prometheus scrapes."""
        return f"http://{tcp_ports.LOOPBACK}:{self.port}/metrics"

    def command(self) -> tuple[str, ...]:
        """What runs it; the broker's address is not in it."""
        return (str(self.python), "-I", "-c", _START, f"--host={tcp_ports.LOOPBACK}", f"--port={self.port}", *OPTIONS)


OPTIONS = (
    f"--queues={','.join(queues.NAMES)}",  # shown from the first scrape on, whoever serves them
    f"--buckets={','.join(map(str, BUCKETS))}",
    f"--worker-timeout={WORKER_TIMEOUT}",
    "--retry-interval=2",  # seconds: without it a broker that restarts ends the exporter, and its counters with it
)


def exporter_for(settings: Settings, home: Home) -> Exporter:
    """The exporter on EXPORTER_PORT, or on a free port where that is taken. Installs it where it is missing.

    UserError with the command when it cannot be installed.
    """
    return Exporter(_installed(), tcp_ports.preferred(home, "exporter", settings.exporter_port))


def environment(settings: Settings) -> Mapping[str, str]:
    """All that it sees: a program of others needs no address of the database and no session."""
    kept = {name: value for name in ("PATH", "HOME", "TMPDIR") if (value := os.environ.get(name))}
    return kept | {
        "CE_BROKER_URL": settings.broker(),  # arguments are everybody's to read
        "LOGURU_DIAGNOSE": "NO",  # else tracebacks show the values of variables, that address among them
        "PYTHONUNBUFFERED": "1",
    }


def place() -> Path:
    """The environment of the exporter: beside ours."""
    return Path(f"{sys.prefix}-exporter")


def _installed() -> Path:
    """Its Python. One that we may not write was installed by somebody else and is taken as it is."""
    there = place()
    if os.access(there, os.W_OK) or not (there / ".installed").exists():
        script = resource("scripts/install-runtime")
        if subprocess.run(["bash", script, there, "--exporter"], stdout=sys.stderr, check=False).returncode:
            raise UserError(
                f"the Celery exporter is not installed, see above: run `bash {script} {there} --exporter` "
                "as a user who may, or `up` without --exporter"
            )
    return there / "bin/python"

"""Heartbeat files: each process reports its state in one, and a health check in the same container reads it.

Needs no database and only the standard library: a check runs every 30 seconds beside each process and must be cheap.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PLACE = "run/alive"  # under the home; file names contain the host, so containers may share a volume
# Seconds after which silence means a hang. The longest silence of a healthy process: the relay pauses for 30 s, then a
# silent firewall hides the database for 10 s, then the broker takes no message for 30 s.
SILENT = 90.0


@dataclass(frozen=True)
class LivenessReport:
    """The state of a process, as the process itself reports it.

    busy: seconds since the oldest work in progress began. hangs: the part that makes no progress, in words. dead: no
    part makes progress, so only a restart helps. unready: why the process cannot work now, although it is alive.
    """

    busy: float | None = None
    hangs: str | None = None
    dead: bool = False
    unready: str | None = None


FINE = LivenessReport()


@dataclass(frozen=True)
class HeartbeatFile:
    """A report with its process id and time. at: monotonic seconds since the boot, the same clock in all processes."""

    pid: int
    at: float
    report: LivenessReport

    def age(self) -> float:
        """Seconds since the report was written; infinite if the machine has restarted since."""
        age = time.monotonic() - self.at
        return age if age >= 0 else float("inf")


def write(home: Path, name: str, report: LivenessReport) -> None:
    """Replaces the file in one step. OSError if the home is not writable."""
    path = _path(home, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    # Released versions use the key `pulse`: a check of one version may read the file of another.
    fresh.write_text(json.dumps({"pid": os.getpid(), "at": time.monotonic(), "pulse": asdict(report)}))
    fresh.replace(path)


def read(home: Path, name: str) -> HeartbeatFile | None:
    """The file of the process with this name; None before its first heartbeat and after an orderly end."""
    with suppress(FileNotFoundError, NotADirectoryError):
        found = json.loads(_path(home, name).read_text())
        return HeartbeatFile(found["pid"], found["at"], LivenessReport(**found["pulse"]))
    return None


def retract(home: Path, name: str) -> None:
    """Removes the file at an orderly end."""
    with suppress(OSError):
        _path(home, name).unlink()


def _path(home: Path, name: str) -> Path:
    return home / PLACE / f"{name}.json"

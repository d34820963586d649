"""Signs of life in files: what a health check inside the process's own container reads, without the database.

Only the standard library: a check runs every half minute beside each process, and must cost nothing.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

PLACE = "run/alive"  # under the home; names carry the host, so that containers may share a volume
# Seconds after which silence means a hang. The longest honest one: the relay's pause of 30 s, then a database that is
# behind a silent firewall for 10 s, then a broker that takes no message for 30 s.
SILENT = 90.0


@dataclass(frozen=True)
class LivenessReport:
    """How a process is, as it says itself.

    busy: seconds that the longest work in hand has taken. hangs: what does not move, in words. dead: nothing moves,
    only a restart helps. unready: why it could do no work now, though it lives.
    """

    busy: float | None = None
    hangs: str | None = None
    dead: bool = False
    unready: str | None = None


FINE = LivenessReport()


@dataclass(frozen=True)
class HeartbeatFile:
    """A report with its process and its time. at: monotonic seconds, one clock for all processes since the boot."""

    pid: int
    at: float
    report: LivenessReport

    def age(self) -> float:
        """Seconds since it was written; infinite for one from before the machine's last start."""
        age = time.monotonic() - self.at
        return age if age >= 0 else float("inf")


def write(home: Path, name: str, report: LivenessReport) -> None:
    """Replaces the file in one step. OSError where the home cannot be written to."""
    path = _path(home, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    # `pulse` is the key of released versions: a check of one version may read the file of another.
    fresh.write_text(json.dumps({"pid": os.getpid(), "at": time.monotonic(), "pulse": asdict(report)}))
    fresh.replace(path)


def read(home: Path, name: str) -> HeartbeatFile | None:
    """The file of the process of that name; None before its first heartbeat and after an orderly end."""
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

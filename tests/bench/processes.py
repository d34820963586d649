"""Processor time and memory of a running fleet, by process, read from /proc while it runs."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.home import endpoints

TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 0.2  # seconds between two looks at the processes: a short-lived one loses no more of its time than this
# Parts of a command line -> name of its process. None: not a part of the cost, or counted by another way.
NAMES: tuple[tuple[str, str | None], ...] = (
    (r"app\.demo|app\.local\.supervisor|^postgres|valkey-server", None),
    (r"celery .* -n (\w+)@", r"worker \1"),
    (r"celery .* beat", "beat"),
    (r"-m app\.daemons\.(\w+)", r"\1"),
    (r"media-audit run", "`run`"),
    ("", "others"),
)


@dataclass(frozen=True)
class Stat:
    """A line of /proc/PID/stat (proc(5)). own: processor seconds of the process; ended: of its children that ended."""

    parent: int
    own: float
    ended: float
    start: int


@dataclass(frozen=True)
class Use:
    """Of all processes of one name. seconds: of the processor; peak: bytes of memory of the largest of them."""

    seconds: float
    peak: int = 0


class Watch:
    """Adds up, in a thread, the use of the processes under this one and of the embedded services of a home."""

    def __init__(self, home: Path) -> None:
        self._services = {name: found.pid for name in endpoints.NAMES if (found := endpoints.read(home, name))}
        self._stop = threading.Event()
        self._seen: dict[tuple[int, int], tuple[str, Use]] = {}  # (process, start) -> name, use
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Watch:
        self._before = {name: _of_server(pid) for name, pid in self._services.items()}
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._after = {name: _of_server(pid) for name, pid in self._services.items()}

    def uses(self) -> dict[str, Use]:
        """Name of the process -> its use, the dearest first."""
        found = {name: Use(after - self._before[name]) for name, after in self._after.items()}
        for name, use in self._seen.values():
            sofar = found.get(name, Use(0.0))
            found[name] = Use(sofar.seconds + use.seconds, max(sofar.peak, use.peak))
        return dict(sorted(found.items(), key=lambda item: -item[1].seconds))

    def _work(self) -> None:
        while not self._stop.wait(EVERY):
            stats = dict(_stats())
            for process, stat in stats.items():
                if process != os.getpid() and _under(process, os.getpid(), stats):
                    self._note(process, stat)

    def _note(self, process: int, stat: Stat) -> None:
        """A process that has ended and is not yet buried has neither command line nor memory: those of before count."""
        name, before = self._seen.get((process, stat.start), (None, Use(0.0)))
        name = _name(process) or name
        if name is not None:
            self._seen[process, stat.start] = name, Use(stat.own, max(before.peak, peak(process)))


def _stats() -> Iterator[tuple[int, Stat]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with suppress(OSError, IndexError):
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
                own, ended = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
                yield int(folder.name), Stat(int(fields[1]), own / TICKS, ended / TICKS, int(fields[19]))


def _under(process: int, root: int, stats: Mapping[int, Stat]) -> bool:
    while process in stats and process != root:
        process = stats[process].parent
    return process == root


def _of_server(process: int) -> float:
    """Processor seconds of a server, of its processes, and of those that have ended."""
    stats = dict(_stats())
    mine = [stat for one, stat in stats.items() if _under(one, process, stats)]
    return sum(stat.own for stat in mine) + stats[process].ended


def peak(process: int) -> int:
    """Bytes that a process has had in memory at most (proc(5): VmHWM, in KiB); 0 for a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    return 0


def _name(process: int) -> str | None:
    with suppress(OSError):
        line = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        return name_of(line) if line else None
    return None


def name_of(command: str) -> str | None:
    """The name of a process for the table, by its command line."""
    pattern, name = next((pattern, name) for pattern, name in NAMES if re.search(pattern, command))
    found = re.search(pattern, command)
    return found.expand(name) if found and name is not None else None

"""make bench-cost: what a post costs the processor and the database, by process and by statement.

One run of Media Audit over the channel of make bench-channel. Prints shares and counts a post, asserts no time; exits 1
when the run did not end well.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from app.demo.telegram import Faults, LoopbackProcess
from tests.bench.channel import LATENCY
from tests.bench.channel_world import USERNAME
from tests.bench.overhead import Environment, call

TICKS = os.sysconf("SC_CLK_TCK")
EVERY = 0.2  # seconds between two looks at the processes: a short-lived one loses no more of its time than this
TOP = 10
# pg_stat_statements is part of PostgreSQL's own distribution; it must be loaded when the server starts.
PRELOAD = "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_utility = off\n"
STATEMENTS = """
    SELECT regexp_replace(query, '\\s+', ' ', 'g') AS query, calls, total_exec_time AS ms, shared_blks_hit AS buffers
    FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY total_exec_time DESC
"""
STEPS = "SELECT step, count(*), sum(seconds) FROM work GROUP BY step ORDER BY 3 DESC"


@dataclass(frozen=True)
class Statement:
    """A statement as PostgreSQL counts it. ms: of all calls."""

    text: str
    calls: int
    ms: float
    buffers: int


@dataclass(frozen=True)
class Cost:
    """The cost of one run. processes: name -> processor seconds. steps: (step, rows, seconds of work)."""

    seconds: float
    posts: int
    processes: Mapping[str, float]
    statements: tuple[Statement, ...]
    steps: tuple[tuple[str, int, float], ...]


class Watch:
    """Adds up the processor seconds of all processes under this one, the database's among them, in a thread."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = postmaster
        self._stop = threading.Event()
        self._seen: dict[tuple[int, int], tuple[str, float]] = {}  # (process, start) -> name, seconds
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> Watch:
        self._before = _of_server(self._postmaster)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._database = _of_server(self._postmaster) - self._before

    def seconds(self) -> dict[str, float]:
        """Name of the process -> processor seconds."""
        found = {"PostgreSQL": self._database}
        for name, seconds in self._seen.values():
            found[name] = found.get(name, 0.0) + seconds
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    def _work(self) -> None:
        while not self._stop.wait(EVERY):
            self._look()

    def _look(self) -> None:
        stats = dict(_stats())
        for process, stat in stats.items():
            if _under(process, os.getpid(), stats) and process != os.getpid() and (name := _name(process)):
                self._seen[process, stat.start] = name, stat.own


@dataclass(frozen=True)
class Stat:
    """A line of /proc/PID/stat (proc(5)). own: processor seconds of the process; ended: of its children that ended."""

    parent: int
    own: float
    ended: float
    start: int


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


def _of_server(postmaster: int) -> float:
    stats = dict(_stats())
    mine = [stat for process, stat in stats.items() if _under(process, postmaster, stats)]
    return sum(stat.own for stat in mine) + stats[postmaster].ended


def _name(process: int) -> str | None:
    """A name for the table by the command line; None for the loopback server, which is no part of the cost."""
    with suppress(OSError):
        words = (Path("/proc") / str(process) / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        if "app.demo" in words or "postgres" in words:
            return None
        if found := re.search(r"(?:-n|--hostname)[ =]([a-z_-]+)", words):
            return f"worker {found[1]}"
        if found := re.search(r"-m (app\.\S+)", words):
            return found[1]
        return "valkey" if "valkey" in words else "the command `run`"
    return None


def measure(size: str, vision: str, limit: float) -> Cost:
    """One run against a fresh server, in a fresh home; services and schema are made before the clock starts."""
    source = f"tests.bench.channel_world:{size}"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, LoopbackProcess(source) as server:
        server.faults = Faults(latency=LATENCY)
        environment = {
            "MEDIA_AUDIT_HOME": folder,
            "TELEGRAM_API_ID": "1",
            "TELEGRAM_API_HASH": "hash",
            "TELEGRAM_SESSION": server.session(),
            "VISION_PROVIDER": vision,
        }
        with _services(Path(folder), environment, limit) as url:
            return _cost(Path(folder), environment, url, limit)


@contextmanager
def _services(home: Path, environment: Environment, limit: float) -> Iterator[str]:
    """The address of a database that counts its statements."""
    (home / "pg").mkdir(mode=0o700)
    (home / "pg" / "local.conf").write_text(PRELOAD)
    try:
        for step in (["services", "start"], ["db", "upgrade"], ["channels", "add", f"@{USERNAME}"]):
            call(step, environment, limit)
        yield call(["db", "url"], environment, limit).strip()
    finally:
        call(["services", "stop"], environment, limit)


def _cost(home: Path, environment: Environment, url: str, limit: float) -> Cost:
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("CREATE EXTENSION pg_stat_statements")
        postmaster = int((home / "pg" / "data" / "postmaster.pid").read_text().splitlines()[0])
        began = os.times().elapsed
        with Watch(postmaster) as watch:
            call(["run", "--until-idle", "--json", "--timeout", str(int(limit))], environment, limit + 60)
        seconds = os.times().elapsed - began
        statements = tuple(Statement(*row) for row in database.execute(STATEMENTS))
        steps = tuple((row[0], row[1], row[2]) for row in database.execute(STEPS))
        [posts] = database.execute("SELECT count(*) FROM posts").fetchone() or (0,)
    return Cost(seconds, posts, watch.seconds(), statements, steps)


def tables(cost: Cost) -> Iterator[Table]:
    """By process, by step, and the dearest statements."""
    cpu = sum(cost.processes.values())
    yield _table(
        f"{cost.posts} posts in {cost.seconds:.1f} s: {cpu / cost.posts * 1000:.1f} core-milliseconds a post",
        ("process", "core-seconds", "share", "core-ms a post"),
        [(name, f"{s:.1f}", f"{s / cpu:.0%}", f"{s / cost.posts * 1000:.2f}") for name, s in cost.processes.items()],
    )
    yield _table(
        "steps (seconds of work overlap: many rows are under way at once)",
        ("step", "rows", "rows a post", "seconds of work", "ms a row"),
        [(n, str(r), f"{r / cost.posts:.2f}", f"{s:.1f}", f"{s / r * 1000:.1f}") for n, r, s in cost.steps],
    )
    calls, ms = sum(s.calls for s in cost.statements), sum(s.ms for s in cost.statements)
    yield _table(
        f"{calls} statements, {calls / cost.posts:.2f} a post, {ms / 1000:.1f} s in them (waits included)",
        ("statement", "calls", "mean ms", "share", "buffers a call"),
        [
            (_short(s.text), str(s.calls), f"{s.ms / s.calls:.2f}", f"{s.ms / ms:.1%}", f"{s.buffers / s.calls:.0f}")
            for s in cost.statements[:TOP]
        ],
    )


def _table(title: str, headings: tuple[str, ...], rows: list[tuple[str, ...]]) -> Table:
    table = Table(title=title, title_justify="left")
    table.add_column(headings[0])
    for heading in headings[1:]:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(*row)
    return table


def _short(text: str) -> str:
    """The statement without its list of columns: verb, tables, conditions."""
    return re.sub(r"SELECT .*? FROM", "SELECT … FROM", text)[:160]


def arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cost", description=__doc__)
    parser.add_argument("--size", default="full", help="of the channel, as in tests/bench/channel_world.py")
    parser.add_argument("--vision", choices=["none", "local"], default="none")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for the run")
    return parser.parse_args()


def main() -> int:
    """The exit status."""
    options, console = arguments(), Console(width=200)
    for table in tables(measure(options.size, options.vision, options.limit)):
        console.print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())

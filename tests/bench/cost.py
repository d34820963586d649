"""make bench-cost: what a post costs the processor and the database, by process, by task and by statement.

One run of Media Audit over the channel of make bench-channel. Prints shares and counts a post, asserts no time; exits 1
when the run did not end well.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from app.demo.telegram import Faults, LoopbackProcess
from tests.bench import task_costs
from tests.bench.channel import LATENCY
from tests.bench.channel_world import SHAPES
from tests.bench.overhead import Environment, Failed, call, environment_of, services
from tests.bench.processes import Use, Watch
from tests.bench.task_costs import TaskCost

TOP = 10
# pg_stat_statements is part of PostgreSQL's own distribution; it must be loaded when the server starts.
PRELOAD = "shared_preload_libraries = 'pg_stat_statements'\npg_stat_statements.track_utility = off\n"
STATEMENTS = """
    SELECT regexp_replace(query, '\\s+', ' ', 'g') AS query, calls, total_exec_time AS ms, shared_blks_hit AS buffers
    FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY total_exec_time DESC
"""


@dataclass(frozen=True)
class Statement:
    """A statement as PostgreSQL counts it. ms: of all calls."""

    text: str
    calls: int
    ms: float
    buffers: int


@dataclass(frozen=True)
class Cost:
    """The cost of one run. processes and tasks by name."""

    seconds: float
    posts: int
    processes: Mapping[str, Use]
    tasks: Mapping[str, TaskCost]
    statements: tuple[Statement, ...]


def measure(size: str, vision: str, limit: float) -> Cost:
    """One run against a fresh server, in a fresh home; services and schema are made before the clock starts."""
    source = f"tests.bench.channel_world:{size}"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, LoopbackProcess(source) as server:
        server.faults = Faults(latency=LATENCY)
        home = Path(folder)
        (home / "pg").mkdir(mode=0o700)
        (home / "pg" / "local.conf").write_text(PRELOAD)
        environment = environment_of(server, home, vision)
        with services(environment, limit):
            return _cost(home, environment, limit)


def _cost(home: Path, environment: Environment, limit: float) -> Cost:
    lines, url = home / "tasks.jsonl", call(["db", "url"], environment, limit).strip()
    with psycopg.connect(url, autocommit=True) as database:
        database.execute("CREATE EXTENSION pg_stat_statements")
        began = os.times().elapsed
        with Watch(home) as watch:
            run = ["run", "--until-idle", "--json", "--timeout", str(int(limit))]
            call(run, environment | task_costs.environment(lines), limit + 60)
        seconds = os.times().elapsed - began
        statements = tuple(Statement(*row) for row in database.execute(STATEMENTS))
        [posts] = database.execute("SELECT count(*) FROM posts").fetchone() or (0,)
    return Cost(seconds, posts, watch.uses(), task_costs.read(lines), statements)


def tables(cost: Cost) -> Iterator[Table]:
    """By process, by task, and the dearest statements."""
    cpu = sum(use.seconds for use in cost.processes.values())
    a_post = 1000 / cost.posts
    yield _table(
        f"{cost.posts} posts in {cost.seconds:.1f} s: {cpu * a_post:.1f} core-milliseconds a post",
        ("process", "core-seconds", "share", "core-ms a post", "peak of memory, MB"),
        [
            (name, f"{use.seconds:.1f}", f"{use.seconds / cpu:.0%}", f"{use.seconds * a_post:.2f}", _megabytes(use))
            for name, use in cost.processes.items()
        ],
    )
    yield _table(
        "tasks (without what PostgreSQL, Celery and the event loop of Telegram do for them)",
        ("task", "runs", "core-seconds", "core-ms a post", "statements", "statements a post"),
        [(name, *_figures(task, cost.posts)) for name, task in cost.tasks.items()],
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


def _figures(task: TaskCost, posts: int) -> tuple[str, ...]:
    seconds, a_post = f"{task.seconds:.1f}", f"{task.seconds / posts * 1000:.2f}"
    return str(task.runs), seconds, a_post, str(task.statements), f"{task.statements / posts:.2f}"


def _megabytes(use: Use) -> str:
    return f"{use.peak / 1e6:.0f}" if use.peak else "-"


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
    parser.add_argument("--size", choices=sorted(SHAPES), default="full")
    parser.add_argument("--vision", choices=["none", "local"], default="none")
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for the run")
    return parser.parse_args()


def main() -> int:
    """The exit status."""
    options, console = arguments(), Console(width=200)
    try:
        for table in tables(measure(options.size, options.vision, options.limit)):
            console.print(table)
    except (Failed, subprocess.TimeoutExpired) as error:
        console.print(f"failed: {error}", markup=False)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

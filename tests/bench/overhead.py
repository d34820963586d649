"""make bench-overhead: what it costs to be seen. The same channel without metrics, with them, and with traces, in turn.

Each variant is a set of environment variables: --variant name=VAR:value,VAR:value adds one. Prints shares of the first
variant; exits 1 when a run did not end well, never because of time.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from app.demo.telegram import LoopbackProcess
from tests.bench.channel_world import USERNAME

BIN = Path(sys.executable).parent
Environment = dict[str, str]
# The first is what the others are held against.
VARIANTS: dict[str, Environment] = {"without": {"METRICS": "off"}, "metrics": {}}
TRACED = "metrics and traces"


@dataclass(frozen=True)
class Cost:
    """One run. seconds: wall-clock time of the command; cpu: processor seconds of it and all processes under it."""

    seconds: float
    cpu: float


@dataclass
class Account:
    """The runs of one variant."""

    name: str
    environment: Environment
    runs: list[Cost] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """The median of all runs."""
        return median(run.seconds for run in self.runs)

    @property
    def cpu(self) -> float:
        """The median of all runs."""
        return median(run.cpu for run in self.runs)


class Drain(BaseHTTPRequestHandler):
    """Takes spans and looks at none: a collector has a machine of its own."""

    def do_POST(self) -> None:
        """OTLP over HTTP."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal is for figures."""


@contextmanager
def collector() -> Iterator[str]:
    """The address of one."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Drain)
    threading.Thread(target=server.serve_forever, name="collector", daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Failed(Exception):
    """A run did not end well: its figures say nothing."""


def measure(size: str, variant: Environment, vision: str, limit: float) -> Cost:
    """One run against a fresh server, in a fresh home; services and schema are made before the clock starts."""
    source = f"tests.bench.channel_world:{size}"
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, LoopbackProcess(source) as server:
        environment = environment_of(server, Path(folder), vision) | variant
        with services(environment, limit):
            return _timed(environment, limit)


def environment_of(server: LoopbackProcess, home: Path, vision: str) -> Environment:
    """The settings of a run over the channel of this server."""
    return {
        "MEDIA_AUDIT_HOME": str(home),
        "TELEGRAM_API_ID": "1",
        "TELEGRAM_API_HASH": "hash",
        "TELEGRAM_SESSION": server.session(),
        "VISION_PROVIDER": vision,
    }


@contextmanager
def services(environment: Environment, limit: float) -> Iterator[None]:
    """Starts the services of a home, makes the schema, adds the channel; ends the services with the context."""
    try:
        for step in (["services", "start"], ["db", "upgrade"], ["channels", "add", f"@{USERNAME}"]):
            call(step, environment, limit)
        yield
    finally:
        call(["services", "stop"], environment, limit)


def _timed(environment: Environment, limit: float) -> Cost:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = os.times().elapsed
    call(["run", "--until-idle", "--json", "--timeout", str(int(limit))], environment, limit + 60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Each process is waited for by the one above it, so all of their time has come up to us. The database's has not.
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(os.times().elapsed - began, cpu)


def call(arguments: list[str], environment: Environment, limit: float) -> str:
    """What the command prints; Failed if it does not end well."""
    command = [str(BIN / "media-audit"), *arguments]
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, timeout=limit)
    if done.returncode != 0:
        raise Failed(f"{' '.join(arguments)}: exit {done.returncode}: {(done.stderr or done.stdout)[-1500:]}")
    return done.stdout


def table(accounts: list[Account]) -> Table:
    """Medians, and each variant's share of the first one."""
    result = Table(title=f"{len(accounts[0].runs)} runs each, in turn")
    result.add_column("variant")
    for heading in ("seconds", "share", "processor seconds", "share", "all runs (seconds / processor)"):
        result.add_column(heading, justify="right")
    first = accounts[0]
    for one in accounts:
        runs = ", ".join(f"{run.seconds:.1f} / {run.cpu:.1f}" for run in one.runs)
        shares = f"{one.seconds / first.seconds:.3f}", f"{one.cpu / first.cpu:.3f}"
        result.add_row(one.name, f"{one.seconds:.1f}", shares[0], f"{one.cpu:.1f}", shares[1], runs)
    return result


def variant(text: str) -> tuple[str, Environment]:
    """name=VAR:value,VAR:value; a value may hold colons, no commas."""
    name, separator, pairs = text.partition("=")
    split = [pair.partition(":") for pair in pairs.split(",") if pair]
    if not (name and separator) or not all(key and colon for key, colon, _ in split):
        raise argparse.ArgumentTypeError(f"{text!r}: write name=VAR:value,VAR:value")
    return name, {key: value for key, _, value in split}


def arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.overhead", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each variant")
    parser.add_argument("--size", default="small", help="of the channel, as in tests/bench/channel_world.py")
    parser.add_argument("--vision", choices=["none", "local"], default="none", help="none: the overhead shows most")
    parser.add_argument("--variant", type=variant, action="append", default=[], metavar="NAME=VAR:VALUE,...")
    parser.add_argument("--limit", type=float, default=600.0, help="seconds for one run")
    return parser.parse_args()


def main() -> int:
    """Runs the variants in turn, so that what else the machine does hits all of them; the exit status."""
    with collector() as endpoint:
        return _compare(arguments(), {**VARIANTS, TRACED: {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}})


def _compare(options: argparse.Namespace, variants: dict[str, Environment]) -> int:
    console = Console(width=150)
    accounts = [Account(name, env) for name, env in {**variants, **dict(options.variant)}.items()]
    try:
        for number in range(1, options.rounds + 1):
            for one in accounts:
                cost = measure(options.size, one.environment, options.vision, options.limit)
                console.print(f"round {number}, {one.name}: {cost.seconds:.1f} s, {cost.cpu:.1f} processor seconds")
                one.runs.append(cost)
    except (Failed, subprocess.TimeoutExpired) as error:
        console.print(f"failed: {error}", markup=False)
        return 1
    console.print(table(accounts))
    return 0


if __name__ == "__main__":
    sys.exit(main())

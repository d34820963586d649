"""make bench-download: one large file, a larger one, and 60 photos, by each way to download them, in turn.

download_media is Telethon's own; the window is the limit of one connection: requests for parts without hash or disk.
Prints medians and ratios; exits 1 when bytes are missing, never because of time.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from rich.console import Console
from rich.table import Table

from app.demo.telegram import Faults, LoopbackProcess
from app.demo.world import Channel, File, Message, World
from tests.bench.channel import LATENCY
from tests.bench.channel_world import PHOTO_BYTES, START, jpeg
from tests.bench.download_peers import USERNAME, WARM
from tests.bench.overhead import Environment, Failed, call

MB = 1_000_000
LARGE, LARGER, PHOTOS = 2, 3, range(10, 70)  # messages
SIZES = {LARGE: 60 * MB, LARGER: 240 * MB}


@dataclass(frozen=True)
class Task:
    """Files to download: the messages first to last."""

    name: str
    first: int
    last: int
    ways: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Of all of its files."""
        return sum(SIZES.get(number, PHOTO_BYTES) for number in range(self.first, self.last + 1))


TASKS = (
    Task("one file of 60 MB", LARGE, LARGE, ("download_media", "window", "ours")),
    Task("one file of 240 MB", LARGER, LARGER, ("window", "ours")),
    Task("60 photos of 150 kB", PHOTOS[0], PHOTOS[-1], ("download_media", "ours")),
)


@dataclass(frozen=True)
class Measured:
    """One download. peak: bytes of memory of its process."""

    seconds: float
    bytes: int
    peak: int


def world() -> World:
    """What the loopback server serves."""
    channel = Channel(1_600_000_002, 98, "Downloads", USERNAME)
    files = {
        number: File(number, "photo", jpeg(number, PHOTO_BYTES), width=64, height=48) for number in (WARM, *PHOTOS)
    }
    for number, size in SIZES.items():
        files[number] = File(number, "document", random.Random(number).randbytes(size), "video/mp4", f"{number}.mp4")
    channel.messages = {n: Message(n, START + timedelta(minutes=n), file=file) for n, file in sorted(files.items())}
    return World([channel])


def measure(task: Task, way: str, environment: Environment, limit: float) -> Measured:
    """One download in a process of its own; Failed if it does not bring all bytes."""
    module = [sys.executable, "-m", "tests.bench.download_peers"]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        command = [*module, way, str(task.first), str(task.last), folder]
        env = os.environ | environment | {"MEDIA_URL": f"file://{folder}/media"}
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=limit)
    if done.returncode != 0:
        raise Failed(f"{task.name}, {way}: {done.stderr[-1500:]}")
    found = Measured(**json.loads(done.stdout))
    if found.bytes != task.bytes:
        raise Failed(f"{task.name}, {way}: {found.bytes} bytes instead of {task.bytes}")
    return found


def table(runs: dict[tuple[str, str], list[Measured]]) -> Table:
    """Medians of each way, and how many times as fast ours is."""
    result = Table(title="an answer takes 50 ms; hash, writing and syncing are in ours alone", title_justify="left")
    result.add_column("files")
    result.add_column("way")
    for heading in ("seconds", "MB/s", "ours is faster by", "peak of memory, MB", "all runs, seconds"):
        result.add_column(heading, justify="right")
    for task in TASKS:
        ours = median(run.seconds for run in runs[task.name, "ours"])
        for way in task.ways:
            seconds = median(run.seconds for run in runs[task.name, way])
            result.add_row(
                task.name,
                way,
                f"{seconds:.2f}",
                f"{task.bytes / MB / seconds:.1f}",
                f"{seconds / ours:.2f}",
                f"{max(run.peak for run in runs[task.name, way]) / MB:.0f}",
                ", ".join(f"{run.seconds:.2f}" for run in runs[task.name, way]),
            )
    return result


def arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.download", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="downloads of each kind by each way")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for one download")
    return parser.parse_args()


def main() -> int:
    """All ways in turn, so that what else the machine does hits all of them; the exit status."""
    options, console = arguments(), Console(width=150)
    runs: dict[tuple[str, str], list[Measured]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="bench-") as home, LoopbackProcess("tests.bench.download:world") as server:
        server.faults = Faults(latency=LATENCY)
        environment = {"MEDIA_AUDIT_HOME": home, "TELEGRAM_API_ID": "1", "TELEGRAM_API_HASH": "hash"}
        try:
            call(["services", "start"], environment, options.limit)
            for _ in range(options.rounds):
                for task in TASKS:
                    for way in task.ways:
                        session = environment | {"TELEGRAM_SESSION": server.session()}
                        runs[task.name, way].append(measure(task, way, session, options.limit))
        except (Failed, subprocess.TimeoutExpired) as error:
            console.print(f"failed: {error}", markup=False)
            return 1
        finally:
            call(["services", "stop"], environment, options.limit)
    console.print(table(runs))
    return 0


if __name__ == "__main__":
    sys.exit(main())

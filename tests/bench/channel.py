"""make bench-channel: Media Audit beside the scripts that people write, on one loopback channel, in one run.

Exits 1 when data is wrong, never because of time: without faults for anyone's data, with faults for Media Audit's.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.demo.telegram import Faults, LoopbackProcess, Rule
from tests.bench.channel_world import SHAPES, Expected, expected
from tests.bench.contenders import CONTENDERS, Contender, Run

LATENCY = 0.05  # seconds a request, about Telegram's from Europe
# Every kind of trouble that facts about the real service name, often enough to meet each file type several times.
FAULTS = Faults(
    latency=LATENCY,
    flood=Rule(every=150),
    flood_seconds=3,
    server_error=Rule(every=110),
    drop=Rule(every=400),
    expired_photo=Rule(every=70),
    short_chunk=Rule(every=90),
)
OURS = "ours"


@dataclass(frozen=True)
class Score:
    """A run held against what the channel contains."""

    contender: Contender
    run: Run
    missing_messages: int
    missing_files: int
    wrong_files: int

    @property
    def right(self) -> bool:
        """Whether the archive is complete and true."""
        return not (self.missing_messages or self.missing_files or self.wrong_files)


def compare(contender: Contender, run: Run, wanted: Expected) -> Score:
    """Counts what an archive lacks and what it has wrong."""
    files = [(run.archive.get(number), digest) for number, digest in wanted.files.items() if digest is not None]
    return Score(
        contender,
        run,
        missing_messages=len(wanted.files.keys() - run.archive.keys()),
        missing_files=sum(found is None for found, _ in files),
        wrong_files=sum(found is not None and found != digest for found, digest in files),
    )


def measure(contender: Contender, size: str, faults: Faults, wanted: Expected, limit: float) -> Score:
    """One contender against a fresh server, so that each meets the same faults."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        with LoopbackProcess(f"tests.bench.channel_world:{size}") as server:
            server.faults = faults
            run = contender.run(server.session(), Path(folder), limit)
        return compare(contender, run, wanted)


def table(scores: list[Score], wanted: Expected) -> Table:
    """The scores, with each peer's time against ours."""
    ours = next((s.run.seconds for s in scores if s.contender.name == OURS and s.run.seconds), None)
    result = Table(title=f"{len(wanted.files)} messages, {wanted.bytes / 1e6:.0f} MB")
    result.add_column("archiver")
    for heading in ("seconds", "MB/s", "ours is faster by", "messages missing", "files missing", "files wrong"):
        result.add_column(heading, justify="right")
    for score in scores:
        seconds = score.run.seconds
        result.add_row(
            score.contender.title,
            f"{seconds:.1f}",
            f"{wanted.bytes / 1e6 / seconds:.1f}" if seconds else "-",
            f"{seconds / ours:.2f}" if ours else "-",
            *map(str, (score.missing_messages, score.missing_files, score.wrong_files)),
        )
    return result


def arguments() -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.channel", description=__doc__)
    parser.add_argument(
        "--faults", action="store_true", help="floods, server errors, drops, expired photos, short chunks"
    )
    parser.add_argument("--size", choices=sorted(SHAPES), default="full")
    parser.add_argument("--only", nargs="+", choices=[c.name for c in CONTENDERS], default=[c.name for c in CONTENDERS])
    parser.add_argument("--limit", type=float, default=900.0, help="seconds for one archiver")
    return parser.parse_args()


def main() -> int:
    """Runs everyone in turn; the exit status."""
    options = arguments()
    console = Console(width=150)
    wanted = expected(options.size)
    scores = []
    for contender in CONTENDERS:
        if contender.name not in options.only:
            continue
        console.print(f"{contender.title} ...")
        faults = FAULTS if options.faults else Faults(latency=LATENCY)
        scores.append(measure(contender, options.size, faults, wanted, options.limit))
        if error := scores[-1].run.error:
            console.print(f"  failed: {error}", markup=False)
    console.print(table(scores, wanted))
    answerable = [s for s in scores if not options.faults or s.contender.name == OURS]
    return 0 if all(score.right for score in answerable) else 1


if __name__ == "__main__":
    sys.exit(main())

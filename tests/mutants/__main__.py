"""python -m tests.mutants: tries a sample of damages in each room and tells which ones its tests notice.

The results go into docs/testing.md when all rooms were tried (--write), and line by line into a file (--json).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, zip_longest
from pathlib import Path
from threading import Lock

from tests.mutants import report
from tests.mutants.again import survivors
from tests.mutants.bench import Baseline, Bench
from tests.mutants.operators import Mutant
from tests.mutants.report import Result
from tests.mutants.rooms import ROOMS, SAMPLE, Room


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--rooms", default=",".join(room.name for room in ROOMS), help="with commas (default: all)")
    parser.add_argument("--sample", type=int, default=SAMPLE, help=f"mutants of each room (default {SAMPLE})")
    parser.add_argument("--seed", type=int, default=1, help="another seed draws another sample (default 1)")
    parser.add_argument("--minutes", type=float, default=60.0, help="no mutant begins after so many (default 60)")
    parser.add_argument("--jobs", type=int, default=2, help="mutants at a time (default 2)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append a line for each mutant to this file")
    parser.add_argument(
        "--again", type=Path, metavar="FILE", help="try those alone that survive by this file of --json"
    )
    parser.add_argument("--kept", type=Path, metavar="FOLDER", help="measures of a run before, on the same code")
    parser.add_argument("--write", action="store_true", help="write the table of docs/testing.md")
    parser.add_argument("--list", action="store_true", help="print the sample and try nothing")
    given = parser.parse_args(argv)
    if given.again and given.write:
        parser.error("the table of docs/testing.md is about whole samples: --again and --write exclude each other")
    return given


@dataclass
class Trial:
    """The mutants that wait, and what became of the others. Benches take from it side by side."""

    waiting: deque[tuple[Room, Mutant]]
    deadline: float
    file: Path | None
    results: list[Result] = field(default_factory=list)
    guard: Lock = field(default_factory=Lock)

    def take(self) -> tuple[Room, Mutant] | None:
        """The next mutant; None when none is left, or no time."""
        with self.guard:
            return self.waiting.popleft() if self.waiting and time.monotonic() < self.deadline else None

    def note(self, result: Result) -> None:
        """Keeps a result."""
        with self.guard:
            self.results.append(result)
            print(f"{result.verdict:8}  {result.room}: {result.mutant.key}", flush=True)
            if self.file is not None:
                with self.file.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps(result.as_json(), ensure_ascii=False) + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """0 when the whole sample was tried, 1 when time ran out before."""
    given = arguments(argv)
    rooms = [room for room in ROOMS if room.name in given.rooms.split(",")]
    in_turn = _again(given.again, rooms) if given.again else _in_turn(rooms, given.seed, given.sample)
    if given.list:
        print(*(f"{room.name}: {mutant.key}" for room, mutant in in_turn), sep="\n")
        return 0
    began = time.monotonic()
    trial = Trial(deque(in_turn), began + 60.0 * given.minutes, given.json)
    tried = {room.name for room, _ in in_turn}
    _try_all(trial, [room for room in rooms if room.name in tried], given.jobs, given.kept)
    trial.results.sort(key=lambda result: [room.name for room in rooms].index(result.room))
    print(*report.lines(trial.results), sep="\n")
    if given.write:
        report.write(trial.results, given.seed, (time.monotonic() - began) / 60.0)
    return 1 if trial.waiting else 0


def _in_turn(rooms: Sequence[Room], seed: int, size: int) -> list[tuple[Room, Mutant]]:
    """The samples, in turn, so that a run that time cuts short has tried about as many in each room."""
    samples = [[(room, mutant) for mutant in room.sample(seed, size)] for room in rooms]
    return [one for one in chain.from_iterable(zip_longest(*samples)) if one is not None]


def _again(file: Path, rooms: Sequence[Room]) -> Sequence[tuple[Room, Mutant]]:
    """The survivors of a run before; tells which of them are gone."""
    found = survivors(file, rooms)
    print(*(f"gone      {name}" for name in found.gone), sep="\n", flush=True)
    return found.waiting


def _try_all(trial: Trial, rooms: Sequence[Room], jobs: int, kept: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        benches = [Bench(Path(folder) / str(number)) for number in range(jobs)]
        try:
            with ThreadPoolExecutor(jobs) as pool:
                baselines = _measured(benches, rooms, pool, kept)
                for future in [pool.submit(_work, bench, trial, baselines) for bench in benches]:
                    future.result()
        finally:
            for bench in benches:
                bench.close()


def _measured(
    benches: Sequence[Bench], rooms: Sequence[Room], pool: ThreadPoolExecutor, kept: Path | None
) -> dict[str, Baseline]:
    """Each bench measures its share of the rooms."""
    shares = [rooms[number :: len(benches)] for number in range(len(benches))]

    def measure(bench: Bench, share: Sequence[Room]) -> dict[str, Baseline]:
        return {room.name: bench.measure(room, kept) for room in share}

    found: dict[str, Baseline] = {}
    for future in [pool.submit(measure, bench, share) for bench, share in zip(benches, shares, strict=True)]:
        found |= future.result()
    return found


def _work(bench: Bench, trial: Trial, baselines: dict[str, Baseline]) -> None:
    while (one := trial.take()) is not None:
        room, mutant = one
        trial.note(Result(room.name, mutant, bench.judge(mutant, baselines[room.name])))


if __name__ == "__main__":
    sys.exit(main())

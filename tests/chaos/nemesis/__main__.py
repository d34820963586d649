"""python -m tests.chaos.nemesis: seeds one after another, for as long as it is told, and a table of what was seen."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from tests.chaos.nemesis.answering import ANSWERING
from tests.chaos.nemesis.report import show
from tests.chaos.nemesis.run import Outcome, run
from tests.chaos.nemesis.strikes import KINDS
from tests.chaos.nemesis.telling import TELLING
from tests.services import TestServices

out = Console(markup=False, highlight=False)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.nemesis", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="the first seed; the next ones follow (default 1)")
    parser.add_argument("--seeds", type=int, help="so many seeds")
    parser.add_argument("--minutes", type=float, help="as many seeds as begin within so many minutes")
    parser.add_argument("--seconds", type=float, default=25.0, help="of torment for each seed (default 25)")
    parser.add_argument("--alone", action="store_true", help="each strike waits until the one before is got over")
    parser.add_argument("--only", help="kinds of strikes, with commas")
    parser.add_argument("--json", type=Path, metavar="FILE", help="append a line for each seed to this file")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="leave logs and media of failed seeds there")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """0 when everything held for every seed, else 1. It ends with the first seed that failed."""
    given = arguments(argv)
    only = given.only.split(",") if given.only else []
    names = [kind.name for kind in (*KINDS, *ANSWERING, *TELLING)]
    if unknown := set(only) - set(names):
        out.print(f"no such kind of strike: {', '.join(unknown)}; there are: {', '.join(names)}")
        return 2
    outcomes = []
    with tempfile.TemporaryDirectory(prefix="nemesis-") as folder:
        root = given.keep or Path(folder)
        services = TestServices(Path(folder) / "services", killed=True)
        try:
            for seed in _seeds(given):
                home = root / f"seed-{seed}"
                shutil.rmtree(home, ignore_errors=True)
                outcome = run(seed, services, home, seconds=given.seconds, only=only, alone=given.alone)
                outcomes.append(outcome)
                out.print(str(outcome), soft_wrap=True)
                _write(given.json, outcome)
                if outcome.violations:
                    _complain(outcome, given)
                    break
                shutil.rmtree(home)
        finally:
            services.stop()
    show(outcomes)
    return 1 if any(outcome.violations for outcome in outcomes) else 0


def _seeds(given: argparse.Namespace) -> Iterator[int]:
    deadline = time.monotonic() + 60.0 * given.minutes if given.minutes else None
    number = given.seeds or (1 if deadline is None else sys.maxsize)
    for seed in range(given.seed, given.seed + number):
        if deadline is not None and time.monotonic() > deadline:
            return
        yield seed


def _write(file: Path | None, outcome: Outcome) -> None:
    if file is not None:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(vars(outcome), default=str) + "\n")


def _complain(outcome: Outcome, given: argparse.Namespace) -> None:
    for line in (*outcome.log, *map(str, outcome.violations)):
        out.print(line, soft_wrap=True)
    out.print(f'replay: make soak ARGS="--seed {outcome.seed} --seeds 1 --seconds {given.seconds:g} --keep FOLDER"')


if __name__ == "__main__":
    sys.exit(main())

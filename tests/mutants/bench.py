"""Copies of the tree in which mutants are tried: each has services of its own, which outlive the single test runs."""

from __future__ import annotations

import ast
import os
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from coverage import CoverageData

from tests.mutants.operators import Mutant
from tests.mutants.rooms import ROOT, Room
from tests.services import TestServices

PARTS = (
    "app",
    "tests",
    "alembic",
    "deploy",
    "docs",
    "scripts",
    "secrets",
    "requirements",
    "pyproject.toml",
    "alembic.ini",
    "celeryconfig.py",
    "Makefile",
    "compose.yaml",
    "Dockerfile",
    *(path.name for path in ROOT.glob("*.md")),
)
# Plugins that a single run needs not take seconds to load; a failure's traceback is read by no one.
QUIET = ("-x", "-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
PATIENCE = 20.0  # seconds beside three times the tests' own: a mutant that takes longer hangs
CAUGHT, SURVIVED, HUNG = "caught", "survived", "hung"
STATEMENT = 12  # lines of a long one
ONCE = re.compile(r"^@(?:lru_)?cache\b.*\ndef (\w+)", re.MULTILINE)
Lines = Mapping[tuple[str, int], set[str]]  # (file, line) -> the tests that run it


def named_at(source: str, line: int) -> str | None:
    """The name of a module's constant, class or function whose definition the line is a part of."""
    for node in ast.parse(source).body:
        if node.lineno <= line <= (node.end_lineno or node.lineno):
            match node:
                case ast.Assign(targets=[ast.Name(id=name), *_]) | ast.AnnAssign(target=ast.Name(id=name)):
                    return name
                case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
                    return name
    return None


@cache
def readers(name: str) -> Sequence[tuple[str, int, str | None]]:
    """Path, line and defined name (see `named_at`) of each line of the application that has the name."""
    word, found = re.compile(rf"\b{re.escape(name)}\b"), []
    for path in sorted((ROOT / "app").rglob("*.py")):
        source = path.read_text("utf-8")
        lines = [number for number, line in enumerate(source.splitlines(), start=1) if word.search(line)]
        found += [(path.relative_to(ROOT).as_posix(), number, named_at(source, number)) for number in lines]
    return found


@dataclass(frozen=True)
class Baseline:
    """The tests of a room on the code as it is. seconds: of each test by its id, in the order of the run."""

    seconds: Mapping[str, float]
    lines: Lines

    def business(self, mutant: Mutant) -> Sequence[str]:
        """The tests that run the mutant's line, the fastest first; all of the room where none is known.

        A line that imports run gives a value to a name, and a function that a process calls once is seen in its first
        test alone: then those that run a line which reads the name.
        """
        once = mutant.function in ONCE.findall(mutant.source)
        name = mutant.function if once else named_at(mutant.source, mutant.line)
        tests = self._of_name(name) if once else self._near(mutant.path, mutant.line) or self._of_name(name)
        return sorted(tests or self.seconds, key=lambda test: self.seconds[test])

    def _near(self, path: str, line: int) -> set[str]:
        """Of a statement of many lines only some are counted: the nearest one above tells of the others."""
        above = (self.lines.get((path, before)) for before in range(line, line - STATEMENT, -1))
        return next((found & self.seconds.keys() for found in above if found), set())

    def _of_name(self, name: str | None, deep: int = 3) -> set[str]:
        """The tests that run a line which reads the name, or a name of a module that is made from it."""
        found: set[str] = set()
        for path, line, other in readers(name) if name and deep else ():
            found |= self._near(path, line) or self._of_name(other if other != name else None, deep - 1)
        return found


@dataclass
class Bench:
    """One copy of the tree. One mutant at a time is in it."""

    home: Path
    tree: Path = field(init=False)
    services: TestServices = field(init=False)

    def __post_init__(self) -> None:
        self.tree = self.home / "tree"
        for part in PARTS:
            _copy(ROOT / part, self.tree / part)
        # Bytecode that is checked by the source's hash: by its time, a mutant of the same second would pass for sound.
        compiled = ("-m", "compileall", "-q", "--invalidation-mode", "checked-hash", "app", "tests")
        subprocess.run([sys.executable, *compiled], cwd=self.tree, check=True)
        self.services = TestServices(self.home / "services")

    def close(self) -> None:
        """Ends its services."""
        self.services.stop()

    def measure(self, room: Room, kept: Path | None = None) -> Baseline:
        """Runs the room's tests on sound code. RuntimeError if one fails.

        kept: where an earlier run on the same code may have left the measures, which then count.
        """
        report, data = ((kept or self.home) / f"{room.name}.{end}" for end in ("xml", "coverage"))
        if not report.exists():
            self._run(room, report, data)
        collected = self._collected(room)
        seconds = {test: spent for test, spent in _seconds(report).items() if test in collected}
        return Baseline(seconds, _lines(data))

    def _run(self, room: Room, report: Path, data: Path) -> None:
        measured = (
            "--cov=app",
            "--cov-context=test",
            "--cov-report=",
            "--cov-fail-under=0",
            f"--junitxml={report}",
            "-o",
            "junit_family=xunit1",
        )
        code = self._pytest([*room.test_files(), *QUIET, *measured], 1_800.0, {"COVERAGE_FILE": str(data)})
        if code != 0:
            report.unlink(missing_ok=True)
            raise RuntimeError(f"the tests of {room.name} fail on sound code ({code}):\n{self._told()[-3000:]}")

    def _collected(self, room: Room) -> set[str]:
        """The ids by which a later run finds the tests: one that it does not find would pass for a caught mutant."""
        self._pytest([*room.test_files(), "--collect-only", "-q", "-p", "no:cacheprovider"], 300.0, {})
        return {line for line in self._told().splitlines() if "::" in line}

    def _told(self) -> str:
        return (self.home / "pytest.log").read_text(errors="replace")

    def judge(self, mutant: Mutant, baseline: Baseline) -> str:
        """Caught, survived, or hung, which counts as caught."""
        tests = baseline.business(mutant)
        place = self.tree / mutant.path
        sound = place.read_bytes()
        place.write_text(mutant.source, encoding="utf-8")
        try:
            code = self._pytest([*tests, *QUIET], PATIENCE + 3 * sum(baseline.seconds[test] for test in tests), {})
        finally:
            place.write_bytes(sound)
        return HUNG if code is None else SURVIVED if code == 0 else CAUGHT

    def _pytest(self, arguments: Sequence[str], seconds: float, more: Mapping[str, str]) -> int | None:
        """The exit code; None if it took longer, and was killed with all its children."""
        own = {"PYTHONPATH": str(self.tree), "TEST_SERVICES": str(self.services.home), "PYTHONDONTWRITEBYTECODE": "1"}
        listed = self.home / "arguments"
        listed.write_text("\n".join(arguments))
        argv = [sys.executable, "-m", "pytest", f"@{listed}"]
        log = (self.home / "pytest.log").open("wb")
        process = subprocess.Popen(
            argv, cwd=self.tree, env={**os.environ, **own, **more}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            _kill(process)
            log.close()


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Ends whatever is left of its session."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    process.wait()


def _seconds(report: Path) -> dict[str, float]:
    """Test -> seconds, set-up included."""
    found = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("skipped") is None:
            found[f"{case.get('file')}::{case.get('name')}"] = float(case.get("time") or 0.0)
    return found


def _lines(data: Path) -> Lines:
    """The tests that run each line. Set-up counts, since a fixture's work is the work of the test that asks for it."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for part in sorted(data.parent.glob(f"{data.name}*")):
        read = CoverageData(str(part))
        read.read()
        for file in read.measured_files():
            name = file.rpartition("/tree/")[2]
            for line, contexts in read.contexts_by_lineno(file).items():
                found[name, line].update(context.rpartition("|")[0] for context in contexts if context)
    return found

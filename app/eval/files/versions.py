"""Runs versions of the code side by side, each in a process of its own, and lets them read each file in turns."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

from app.errors import UserError

HERE = Path(__file__).resolve().parents[3]
READING = Path(__file__).with_name("reading.py")


@dataclass(frozen=True)
class Read:
    """One reading of one file. fault: why it has no text, "" if it was read."""

    text: str
    fault: str
    seconds: float


class Version:
    """The reader process of one version. Use it as a context manager."""

    def __init__(self, code: Path) -> None:
        """code: the checkout that holds app/. UserError if it does not."""
        if not (code / "app/adapters/vision").is_dir():
            raise UserError(f"{code} is no checkout of Media Audit: make one with `git worktree add FOLDER REVISION`")
        self._process = subprocess.Popen(
            [sys.executable, str(READING)],
            cwd=code,
            env={**os.environ, "PYTHONPATH": str(code), "PYTHONSAFEPATH": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pipe(self._process.stdin).close()
        self._process.wait(timeout=60)
        self._pipe(self._process.stdout).close()

    def read(self, path: Path) -> Read:
        """Reads one file. UserError if the process ended, with the version that it had."""
        to, answers = self._pipe(self._process.stdin), self._pipe(self._process.stdout)
        to.write(f"{path}\n")
        to.flush()
        line = answers.readline()
        if not line:
            raise UserError(f"the reader ended with {self._process.wait()} at {path.name}")
        found: Mapping[str, Any] = json.loads(line)
        return Read(found["text"], found["fault"], found["seconds"])

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


def in_turns(versions: Sequence[Version], path: Path, rounds: int) -> list[Read]:
    """Each version's reading of the file, with the least time of all rounds: other work only ever adds to it."""
    turns = [[version.read(path) for version in versions] for _ in range(rounds)]
    return [min((turn[at] for turn in turns), key=lambda read: read.seconds) for at in range(len(versions))]

"""`media-audit ask` as a process of its own, as a user starts, reads and interrupts it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from app.settings import Settings
from tests.rows import until

# A worker that has its answer waits here; those who read the rows do not.
HOLD = "LOCK TABLE answer_sentences IN EXCLUSIVE MODE"
HELD = "SELECT 1 FROM pg_locks WHERE relation = 'answer_sentences'::regclass AND NOT granted LIMIT 1"


@dataclass
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Its JSON."""
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass
class Asking:
    """A command that runs."""

    process: subprocess.Popen[str]

    def line(self) -> str:
        """The next line of its output, as soon as it is written."""
        assert self.process.stdout
        return self.process.stdout.readline()

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def ended(self, seconds: float = 60.0) -> Ended:
        """Waits for its end. Its output: without the lines that were read before."""
        out, err = self.process.communicate(timeout=seconds)
        return Ended(self.process.returncode, out, err)


def begun(*argv: str) -> Asking:
    """Starts `media-audit ask` with the settings of this process."""
    call = [sys.executable, "-c", "from app.cli.main import main; main()", "ask", *argv]
    pipe, env = subprocess.PIPE, dict(os.environ)
    return Asking(subprocess.Popen(call, env=env, text=True, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe))


def asked(*argv: str) -> Ended:
    """The same, to its end."""
    return begun(*argv).ended()


@contextmanager
def held_answers(settings: Settings) -> Iterator[psycopg.Connection]:
    """Workers answer, and wait before the first sentence is written, until the context is left."""
    url = settings.database().replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection, connection.transaction():
        connection.execute(HOLD)
        yield connection


def until_held(connection: psycopg.Connection) -> None:
    """Waits until a worker has an answer in hand that it cannot write yet."""
    until(lambda: connection.execute(HELD).fetchone(), "a worker has an answer", 60)

"""`media-audit status` over a real database: on a terminal, into a pipe, while the database goes and comes back."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import make_url, text

from app.cli import main
from app.db import engine
from app.settings import Settings
from tests.services import TestServices

ARGV = [sys.executable, "-c", "from app.cli.main import main; main()", "status"]


@pytest.fixture
def sql(settings: Settings) -> Callable[[str], None]:
    """A statement, committed."""

    def run(statement: str) -> None:
        with engine().begin() as connection:
            connection.execute(text(statement))

    return run


@pytest.fixture
def call(settings: Settings, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """`media-audit status ...` in this process, which is no terminal."""

    def run(*argv: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main.main(["status", *argv])
        said = capsys.readouterr()
        assert int(ended.value.code or 0) == code, said.err
        return said.err if code else said.out

    return run


class Terminal:
    """A command in a terminal of 80 x 24."""

    def __init__(self, *options: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = {**os.environ, "TERM": "xterm"}
        self.process = subprocess.Popen(
            [*ARGV, *options], stdin=theirs, stdout=theirs, stderr=theirs, env=env, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def until(self, words: str, seconds: float = 60) -> None:
        """Reads on until these words come."""
        self.seen, deadline = "", time.monotonic() + seconds
        while words not in self.seen:
            assert time.monotonic() < deadline, self.seen[-2000:]
            if select.select([self._ours], [], [], 0.2)[0]:
                self.seen += os.read(self._ours, 65536).decode(errors="replace")

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        self.until("\x1b[?1049l")  # the terminal's own screen is back
        assert "\x1b[?25h" in self.seen, "and the cursor"
        return self.process.wait(20)

    def close(self) -> None:
        """The end."""
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@contextmanager
def refusing(services: TestServices, database: str) -> Iterator[None]:
    """A database that takes no connection and ended those that there were, as one that restarts."""
    with services.admin() as connection:
        connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS false')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])
        yield
        connection.execute(f'ALTER DATABASE "{database}" ALLOW_CONNECTIONS true')


def test_watching_outlives_a_database_that_goes_away(services: TestServices, settings: Settings) -> None:
    database = str(make_url(settings.database()).database)
    terminal = Terminal("--watch", "--every", "0.3")
    try:
        terminal.until("Ctrl-C ends this")
        with refusing(services, database):
            terminal.until("does not answer, waiting for it")
            terminal.until("none yet: media-audit channels add")  # what was known last stays
        terminal.until("Media Audit")
        assert terminal.interrupt() == 0
    finally:
        terminal.close()


def test_into_a_pipe_it_is_plain_text(call: Callable[..., str], sql: Callable[[str], None]) -> None:
    sql("INSERT INTO channels (reference, added_at) VALUES ('@old', now() - interval '1 h'), ('@new', now())")
    shown = call()
    assert "\x1b" not in shown
    [old] = [line for line in shown.splitlines() if line.startswith("@old")]
    [new] = [line for line in shown.splitlines() if line.startswith("@new")]
    assert ("stale" in old, "stale" in new) == (True, False)
    assert "PostgreSQL" in shown


def test_who_hangs_or_fell_silent_is_what_is_wrong(call: Callable[..., str], sql: Callable[[str], None]) -> None:
    rows = {
        "media@a": "now(), now(), '1 of 2 children beyond their time', NULL",
        "llm@a": "now() - interval '2 h', now() - interval '1 h', NULL, NULL",  # killed
        "default@old": "now() - interval '2 h', now() - interval '1 h', NULL, NULL",  # killed, and replaced
        "default@new": "now() - interval '30 min', now(), NULL, NULL",
        "relay@a": "now(), now() - interval '1 h', NULL, now()",  # ended
        "beat@a": "now(), now(), NULL, NULL",
    }
    for name, values in rows.items():
        sql(
            "INSERT INTO worker_heartbeats (worker, pid, queues, started_at, seen_at, hangs, ended_at)"
            f" VALUES ('{name}', 7, '{name.partition('@')[0]}', {values})"
        )
    found = json.loads(call("--json"))
    wrong = [one["what"] for one in found["troubles"]]
    assert wrong == [
        "llm@a has been silent for 60 min: killed, or it hangs",
        "media@a hangs: 1 of 2 children beyond their time",
    ]
    assert {one["name"]: one["alive"] for one in found["processes"]}["relay@a"] is False


def test_a_damaged_schema_is_no_bug_but_work_for_the_doctor(
    call: Callable[..., str], sql: Callable[[str], None]
) -> None:
    sql("ALTER TABLE channels DROP COLUMN last_error")
    said = call(code=1)
    assert "media-audit doctor" in said
    assert "Traceback" not in said

"""Starts one supervisor. The service stays only if this process says so after the service has answered.

A socket joins the two. The supervisor writes notes and one verdict to it; the caller answers with KEEP. A supervisor
that reads the end of the socket instead stops its service. So a caller that ends at any moment, even between the
verdict and its own answer, leaves no service behind.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import app
from app.errors import UserError
from app.home import endpoints, process_lock
from app.home.directory import Home
from app.local.stop_signal import KEEP

log = logging.getLogger(__name__)

START_TIMEOUT = 180.0  # seconds: the first start makes the cluster, a start after a crash replays up to 2 GB of log
STOP_TIMEOUT = 60.0  # seconds: more than the supervisor waits for its own child
READY = "ready"  # the supervisor's verdict: it started the service, and the service answers
RUNNING = "running"  # its other verdict: the service ran already


class Launch:
    """One supervisor that this process starts."""

    def __init__(self, home: Home, name: str) -> None:
        """name: of the service. Starts nothing yet."""
        self._home = home
        self._name = name
        self._line, self._theirs = socket.socketpair()
        self._process: subprocess.Popen[bytes] | None = None
        self._started = False
        self._kept = False

    def begin(self, *, tied: bool) -> None:
        """Starts the supervisor, which goes into the background. tied: its service ends with this process."""
        owner = [str(os.getpid())] if tied else []
        with self._theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.local.supervisor", str(self._home.root), self._name, *owner],
                stdin=subprocess.DEVNULL,
                stdout=self._theirs.fileno(),
                cwd=self._home.root,
                env=_environment(),
            )

    def answer(self) -> bool:
        """Waits for the verdict: True if the supervisor started the service, False if the service ran already.

        UserError with the supervisor's reason if the service cannot start or does not answer within START_TIMEOUT.
        """
        verdict = self._verdict()
        if self._process is not None:
            self._process.wait()  # it forked and ended at once: the supervisor is its child
        if verdict.startswith("error "):
            raise UserError(verdict.removeprefix("error "))
        self._started = verdict == READY
        return self._started

    def keep(self) -> None:
        """Lets a service that has answered run on without this process."""
        self._kept = self._started
        with suppress(OSError):  # the supervisor may have ended since; the caller looks for its address next
            self._line.send(KEEP)
        self._line.close()

    def abandon(self) -> None:
        """Ends the supervisor, and the service if this call has started it. Safe at any moment after `__init__`."""
        self._theirs.close()
        self._hang_up()
        if self._kept:
            process_lock.terminate(endpoints.lock_file(self._home.root, self._name), STOP_TIMEOUT)
        if self._process is not None:
            self._process.wait()

    def _hang_up(self) -> None:
        """Tells the supervisor to end, and waits until it has: the next start must not meet a service that ends."""
        with self._line, suppress(OSError):  # `keep` has closed the line, or the wait takes too long
            self._line.shutdown(socket.SHUT_WR)
            self._line.settimeout(STOP_TIMEOUT)
            while self._line.recv(4096):
                pass  # verdicts that come too late

    def _verdict(self) -> str:
        self._line.settimeout(START_TIMEOUT)
        try:
            with self._line.makefile(encoding="utf-8") as lines:
                for line in lines:
                    if not line.startswith("note "):
                        return line.rstrip("\n")
                    log.warning("%s", line.removeprefix("note ").rstrip("\n"))
        except TimeoutError as error:
            raise UserError(f"{self._name} does not answer after {START_TIMEOUT:.0f} s; its log says why") from error
        return f"error {self._name} could not be started"


def _environment() -> dict[str, str]:
    """Only the variables that Python and the services need: they must not see the caller's credentials."""
    kept = {key: value for key in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if (value := os.environ.get(key))}
    source = str(Path(str(app.__file__)).parents[1])
    return kept | {"LC_ALL": "C.UTF-8", "PYTHONPATH": os.pathsep.join([source, *filter(None, sys.path)])}

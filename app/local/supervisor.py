"""Keeps one embedded service running: `python -m app.local.supervisor HOME SERVICE [OWNER]`.

The caller waits until the service answers; the supervisor detaches from it when the caller says that it keeps the
service (see app.local.launch). A supervisor runs one service of one home. Its lock proves that it runs, and its
children die with it, however it ends. OWNER is a process id: when that process ends in any way, the service ends, too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from app.errors import UserError
from app.home import endpoints
from app.home.directory import Home, open_home
from app.home.process_lock import ProcessLock
from app.local import tcp_ports
from app.local.launch import READY, RUNNING
from app.local.postgres import Postgres
from app.local.stop_signal import CALLER, Stop, StopSignal, caller_left
from app.local.valkey import Valkey

PROBE_EVERY = 0.05  # seconds between two probes of a service that starts
ORPHANS = 60.0  # seconds for children of a killed supervisor to finish: a fast shutdown writes a checkpoint
BACKOFF = (0.1, 1.0, 5.0, 15.0)  # seconds before each further restart; the last one repeats
STEADY = 60.0  # seconds; a service that ran longer starts with the first backoff again


class Service(Protocol):
    """A service that the supervisor can run."""

    name: str
    stop_signals: Sequence[tuple[int, float]]

    def prepare(self, port: int) -> list[str]: ...
    def url(self, port: int) -> str: ...
    def probe(self, port: int) -> str | None: ...


SERVICES: dict[str, Callable[[Home], Service]] = {"postgres": Postgres, "valkey": Valkey}


class Supervisor:
    """Starts the service, publishes its address, starts it again when it dies, stops it when asked."""

    def __init__(self, home: Home, service: Service, owner: int | None = None) -> None:
        self.home = home
        self.service = service
        self.bell = StopSignal(owner)
        self.answered = False

    def run(self) -> None:
        """Runs the service until told to stop. UserError if it never answered: a retry would not help then."""
        deaths = 0
        try:
            while True:
                started = time.monotonic()
                self._serve()
                if not self.answered:
                    raise UserError(f"{self.service.name} ended while it started; its log in {self.home.logs} says why")
                deaths = 0 if time.monotonic() - started > STEADY else deaths + 1
                self.bell.wait(BACKOFF[min(deaths, len(BACKOFF) - 1)])
        except Stop:
            log(f"{self.service.name} stopped")

    def _serve(self) -> None:
        """Runs the service once; returns when it ended by itself."""
        child, port = self._launch()
        died = os.pidfd_open(child.pid)
        try:
            version = self._answer(port, died)
            if version is not None:
                self._publish(child.pid, port, version)
                while not self.bell.wait(None, died):
                    pass  # the caller keeps the service
        finally:
            endpoints.retract(self.home.root, self.service.name)
            os.close(died)
            self._end(child)

    def _launch(self) -> tuple[subprocess.Popen[bytes], int]:
        """Starts the child; returns it and its port. All processes of the service inherit a lock, so none is missed."""
        name = self.service.name
        with ProcessLock(self.home.run / f"{name}.children.lock") as lock:
            if not lock.acquire(ORPHANS):
                raise UserError(f"processes of a former {name} of {self.home.root} do not end: stop them first")
            port, replaced = tcp_ports.choose(self.home, name)
            if replaced is not None:
                note = f"port {replaced} is taken: {name} moves to {port}"
                log(note)
                tell(f"note {note}")
            command = self.service.prepare(port)
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr,  # our own stdout is the socket to the caller
                cwd=self.home.root,
                pass_fds=(lock.descriptor,),
                start_new_session=True,  # Ctrl-C goes to the supervisor alone, which stops its child in good order
            )
        return child, port

    def _answer(self, port: int, died: int) -> str | None:
        """Waits for the first answer, however long recovery takes. The version, or None if the child died before."""
        while not self.bell.wait(PROBE_EVERY, died):
            if version := self.service.probe(port):
                return version
        return None

    def _publish(self, pid: int, port: int, version: str) -> None:
        endpoint = endpoints.Endpoint(self.service.url(port), pid, version, supervisor=os.getpid())
        endpoints.publish(self.home.root, self.service.name, endpoint)
        log(f"{self.service.name} {version} listens on {endpoint.address}, process {pid}")
        if not self.answered:
            self.answered = True
            tell(READY)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """Ends the child by ever harder signals; the data stay sound with each of them."""
        for number, patience in self.service.stop_signals:
            if child.poll() is None:
                child.send_signal(number)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(patience)
        if child.poll() is None:
            child.kill()
        log(f"{self.service.name} ended with {child.wait()}")


def log(text: str) -> None:
    """Writes a line to the log."""
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    sys.stderr.write(f"{stamp} {text}\n")
    sys.stderr.flush()


def tell(text: str) -> None:
    """Writes a line to the caller, at the other end of stdout."""
    with suppress(OSError):  # a caller that is gone shows at the next wait
        os.write(CALLER, f"{text}\n".encode())


def supervise(home: Home, name: str, owner: int | None) -> None:
    """Runs the service. If another supervisor runs it already, reports that as soon as the service answers."""
    with ProcessLock(endpoints.lock_file(home.root, name)) as lock:
        while not lock.acquire(timeout=0.5):
            if endpoints.read(home.root, name):
                return tell(RUNNING)
            if caller_left():
                return None
        Supervisor(home, SERVICES[name](home), owner).run()
    return None


def main() -> None:
    """Detaches from the caller's session (terminal, Ctrl-C, its end) and runs the service."""
    root, name, *owner = sys.argv[1:]
    home = open_home(Path(root))
    if os.fork():
        os._exit(0)
    os.setsid()
    journal = os.open(home.logs / "supervisor.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(journal, 2)
    try:
        supervise(home, name, int(owner[0]) if owner else None)
    except UserError as error:
        log(f"{name}: {error}")
        tell(f"error {error}")
        sys.exit(2)
    except Exception:
        tell(f"error {name} could not be started; see {home.logs / 'supervisor.log'}")
        raise


if __name__ == "__main__":
    main()

"""The process that keeps one embedded service running: `python -m app.local.supervisor HOME SERVICE [OWNER]`.

It detaches once the service answers: the caller waits for that, then goes on without it. One supervisor serves one
service of one home; its lock proves that it lives, and its children die with it, whatever kills it. OWNER is a process
id: when that process ends, however, so does the service.
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
from app.local.postgres import Postgres
from app.local.stop_signal import CALLER, Stop, StopSignal
from app.local.valkey import Valkey

PROBE_EVERY = 0.05  # seconds between two looks at a service that starts
ORPHANS = 60.0  # seconds for children of a killed supervisor to finish: a fast shutdown writes a checkpoint
BACKOFF = (0.1, 1.0, 5.0, 15.0)  # seconds before each further restart; the last one repeats
STEADY = 60.0  # seconds of life after which a death counts as the first again


class Service(Protocol):
    """What the supervisor must know of a service."""

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
        """Until asked to stop. UserError when the service never answered: then trying again would not help."""
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
        """One life of the service: returns when it died by itself."""
        child, port = self._launch()
        died = os.pidfd_open(child.pid)
        try:
            version = self._answer(port, died)
            if version is not None:
                self._publish(child.pid, port, version)
                self.bell.wait(None, died)
        finally:
            endpoints.retract(self.home.root, self.service.name)
            os.close(died)
            self._end(child)

    def _launch(self) -> tuple[subprocess.Popen[bytes], int]:
        """The started child and its port. Every process of the service inherits a lock, so none is ever overlooked."""
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
                stdout=sys.stderr,  # ours is the pipe whose end the caller waits for
                cwd=self.home.root,
                pass_fds=(lock.descriptor,),
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops its child in good order
            )
        return child, port

    def _answer(self, port: int, died: int) -> str | None:
        """Waits for the first answer, however long recovery takes: the version, None when the child died before."""
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
            self.bell.forget_caller()
            tell("ready", last=True)

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        """Asks ever less politely; whatever is used, the data stays sound."""
        for number, patience in self.service.stop_signals:
            if child.poll() is None:
                child.send_signal(number)
                with suppress(subprocess.TimeoutExpired):
                    child.wait(patience)
        if child.poll() is None:
            child.kill()
        log(f"{self.service.name} ended with {child.wait()}")


def log(text: str) -> None:
    """A line for the log."""
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    sys.stderr.write(f"{stamp} {text}\n")
    sys.stderr.flush()


def tell(text: str, *, last: bool = False) -> None:
    """A line for the caller, who waits at the other end of stdout; after the last one we are on our own."""
    with suppress(OSError):  # the caller may be gone: the service is wanted all the same
        os.write(CALLER, f"{text}\n".encode())
    if last:
        os.dup2(2, CALLER)


def supervise(home: Home, name: str, owner: int | None) -> None:
    """Runs the service, unless it runs already: then says so as soon as it answers."""
    with ProcessLock(endpoints.lock_file(home.root, name)) as lock:
        while not lock.acquire(timeout=0.5):
            if endpoints.read(home.root, name):
                return tell("running")
        Supervisor(home, SERVICES[name](home), owner).run()
    return None


def main() -> None:
    """Leaves the caller's session first: its terminal, its Ctrl-C and its death are no longer ours."""
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
        tell(f"error {error}", last=True)
        sys.exit(2)
    except Exception:
        tell(f"error {name} could not be started; see {home.logs / 'supervisor.log'}", last=True)
        raise


if __name__ == "__main__":
    main()

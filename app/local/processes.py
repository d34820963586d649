"""Runs our long-lived child processes (workers, beat, relay, consumer): starts, watches, restarts and stops them."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

import structlog

from app.errors import UserError
from app.home.process_lock import ProcessLock, holder, terminate
from app.local.privileges import dies_with_parent

log = structlog.get_logger()

GRACE = 25.0  # seconds between SIGTERM and SIGKILL: more than a worker's own shutdown takes (app/worker/shutdown.py)
BACKOFF = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # seconds before each further restart; the last one repeats
STEADY = 60.0  # seconds; a child that ran longer starts with the first backoff again
LOG_BYTES = 20_000_000  # a larger log is rotated; one older generation is kept
LOG_CHECK = 60.0  # seconds between two checks of the sizes of logs


@dataclass
class _Child:
    """One program that has to run as long as we do."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    process: subprocess.Popen[bytes] | None = None
    died: int = -1  # the pidfd of the running process: readable once it is dead
    started: float = 0.0
    checked: float = 0.0  # monotonic time of the last check of its log
    due: float = 0.0  # monotonic time of the next start
    deaths: int = 0
    restarts: int = 0


class Processes:
    """A context that runs children: they end with it, however it ends, even by kill -9.

    with Processes(home / "run/up.lock") as processes:
        processes.add("worker-media", ["celery", ...], env, home / "logs/worker-media.log")

    pid_file: held while the context is open, so that `stop_running` finds us. UserError if another process holds it.
    Secrets belong into env (only our user can read it), never into argv.
    """

    def __init__(self, pid_file: Path | None = None, *, grace: float = GRACE) -> None:
        self._lock = ProcessLock(pid_file) if pid_file else None
        self._grace = grace
        self._children: list[_Child] = []
        self._guard = threading.Lock()
        self._closing = False
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        self._former: Any = None
        # One thread launches every child, because the kernel ends a child together with the THREAD that launched it.
        self._watcher = threading.Thread(target=self._watch, name="processes")

    def add(self, name: str, argv: Sequence[str], env: Mapping[str, str], log: Path, *, after: float = 0.0) -> None:
        """Starts the program in `after` seconds, with exactly this environment; its output is appended to `log`."""
        with self._guard:
            self._children.append(_Child(name, argv, env, log, due=time.monotonic() + after))
        self._wake()

    def alive(self) -> dict[str, int | None]:
        """name -> process id; None for a child that is about to start."""
        with self._guard:
            return {child.name: child.process.pid if child.process else None for child in self._children}

    def restarts(self) -> dict[str, int]:
        """name -> number of restarts after it ended by itself."""
        with self._guard:
            return {child.name: child.restarts for child in self._children}

    def __enter__(self) -> Self:
        if self._lock and not self._lock.acquire(timeout=0.5):
            pid = holder(self._lock.path)
            raise UserError(f"Media Audit already runs in this home as process {pid}: `media-audit down` stops it")
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGTERM, _leave)
        self._watcher.start()
        return self

    def end(self) -> None:
        """Begins to end the children; leaving the context waits for the last of them."""
        self._closing = True
        self._wake()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.end()
        try:
            self._watcher.join()
        except (KeyboardInterrupt, SystemExit):  # a second signal: kill at once
            self._grace = 0.0
            self._wake()
            self._watcher.join()
        finally:
            self._tidy()

    def _tidy(self) -> None:
        if self._former is not None:
            signal.signal(signal.SIGTERM, self._former)
        os.close(self._wake_reader)
        os.close(self._wake_writer)
        if self._lock:
            self._lock.release()

    def _wake(self) -> None:
        os.write(self._wake_writer, b".")

    def _watch(self) -> None:
        """Runs in the watcher thread: launches due children, sleeps until a child dies or `_wake` is called."""
        while not self._closing:
            with self._guard:
                for child in self._children:
                    self._look_after(child)
            self._sleep()
        self._end_all()

    def _look_after(self, child: _Child) -> None:
        if child.process and _is_dead(child.died):
            _bury(child)
            _again(child, 1 if time.monotonic() - child.started > STEADY else child.deaths + 1)
        if child.process is None and child.due <= time.monotonic():
            self._try(child)
        elif child.process and time.monotonic() - child.checked > LOG_CHECK:
            child.checked = time.monotonic()
            _set_log_aside(child.log)

    def _try(self, child: _Child) -> None:
        """Launches the child; after an error, for example too little memory, it tries again later.

        An error must not end this thread: the kernel would end all children with it.
        """
        try:
            _launch(child)
        except OSError as error:
            log.warning("not started", program=child.name, error=str(error))
            _again(child, child.deaths + 1)

    def _sleep(self) -> None:
        """Sleeps until a child dies, a child is due, logs have to be checked, or `_wake` is called."""
        with self._guard:
            watched = [child.died for child in self._children if child.process]
            waiting = [child.due - time.monotonic() for child in self._children if child.process is None]
        patience = max(0.0, min(waiting, default=LOG_CHECK))
        ready, _, _ = select.select([self._wake_reader, *watched], [], [], min(patience, LOG_CHECK))
        if self._wake_reader in ready:
            self._drain()

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake_reader, 1024)

    def _end_all(self) -> None:
        """Sends SIGTERM to all, the last started first, and SIGKILL to those left after the grace period."""
        running = [child for child in reversed(self._children) if child.process]
        for child in running:
            _signal(child, signal.SIGTERM)
        asked = time.monotonic()
        while living := [child.died for child in running if not _is_dead(child.died)]:
            patience = asked + self._grace - time.monotonic()
            if patience <= 0:
                break
            select.select([self._wake_reader, *living], [], [], patience)
            self._drain()
        for child in running:
            _bury(child)


def stop_running(pid_file: Path, timeout: float = GRACE + 10.0) -> bool:
    """Ends the process that holds this pid file and waits for it; False if none does. TimeoutError if it stays."""
    return terminate(pid_file, timeout)


def _leave(number: int, frame: FrameType | None) -> None:
    """Turns SIGTERM into an exception, so that every `with` on the way out cleans up."""
    raise SystemExit(128 + signal.SIGTERM)


def _again(child: _Child, deaths: int) -> None:
    """Schedules a restart; the more often the child died lately, the later."""
    child.deaths = deaths
    child.due = time.monotonic() + BACKOFF[min(deaths, len(BACKOFF)) - 1]
    child.restarts += 1


def _launch(child: _Child) -> None:
    _set_log_aside(child.log)
    child.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with child.log.open("ab") as log:
        child.process = subprocess.Popen(
            dies_with_parent(child.argv, "TERM"),
            env=dict(child.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C goes to us alone, and we end the children in good order
        )
    try:
        child.died = os.pidfd_open(child.process.pid)
    except OSError:
        child.process.kill()
        child.process.wait()
        child.process = None
        raise
    child.started = time.monotonic()


def _set_log_aside(log: Path) -> None:
    """Copies a long log and truncates it. Its writers go on, because they append to the present end.

    Lines written between the copy and the cut, some microseconds, are lost. On a disk without room for the copy, the
    log stays as it is.
    """
    with suppress(OSError):
        if log.stat().st_size > LOG_BYTES:
            shutil.copy(log, log.with_name(log.name + ".1"))
            os.truncate(log, 0)


def _bury(child: _Child) -> None:
    """Kills the rest of the process and of its own children (a pool's), then forgets it."""
    assert child.process
    # Not reaped yet, so no other process group can have its id.
    _signal(child, signal.SIGKILL, group=True)
    child.process.wait()
    os.close(child.died)
    child.process, child.died = None, -1


def _signal(child: _Child, number: int, *, group: bool = False) -> None:
    assert child.process
    with suppress(ProcessLookupError):
        (os.killpg if group else os.kill)(child.process.pid, number)


def _is_dead(died: int) -> bool:
    ready, _, _ = select.select([died], [], [], 0)
    return bool(ready)

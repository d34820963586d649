"""Process locks: the kernel releases them when their holder ends, so a held lock proves that the process still runs.

A process id alone proves nothing, because the system reuses ids.
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self


class ProcessLock:
    """An exclusive flock on a file that also contains the process id of the holder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = -1

    def acquire(self, timeout: float = 0.0) -> bool:
        """Whether we got the lock within `timeout` seconds. A child that inherits `descriptor` holds it as well."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + timeout
        while not _try_lock(descriptor, fcntl.LOCK_EX):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                return False
            time.sleep(0.05)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        self.descriptor = descriptor
        return True

    def release(self) -> None:
        """Closes our descriptor; children that inherited the lock keep it."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.release()


def holder(path: Path) -> int | None:
    """The process id of the lock's holder, or None if the lock is free: a left-over file alone holds nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        # A shared lock, held for microseconds: many may ask at once, and `acquire` with a timeout waits for them.
        if _try_lock(descriptor, fcntl.LOCK_SH):
            return None
        text = os.pread(descriptor, 32, 0).strip()
        return int(text) if text.isdigit() else 0  # 0: locked, but the process id is not written yet
    finally:
        os.close(descriptor)


def terminate(path: Path, timeout: float) -> bool:
    """Sends SIGTERM to the lock's holder and waits for it to end; False if the lock was free.

    Raises TimeoutError if a holder is left after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    signalled: int | None = None
    held = False
    while (pid := holder(path)) is not None:
        held = True
        if pid and pid != signalled and _signal(pid, path):
            signalled = pid
        if time.monotonic() >= deadline:
            raise TimeoutError(f"process {pid} did not stop within {timeout:.0f} s")
        time.sleep(0.05)
    return held


def _signal(pid: int, path: Path) -> bool:
    """Signals exactly the process that holds the lock: opens its pidfd first, then reads the holder again."""
    with suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        try:
            if holder(path) == pid:
                signal.pidfd_send_signal(process, signal.SIGTERM)
                return True
        finally:
            os.close(process)
    return False


def _try_lock(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

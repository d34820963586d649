"""Writes the value file of one process, in the format of prometheus_client's multiprocess mode.

The process holds a lock on its file until it ends. By the lock, a merging process knows which processes have ended,
also in other containers on the same volume, where a process id means nothing.
"""

from __future__ import annotations

import fcntl
import os
import re
import socket
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import structlog
from prometheus_client.mmap_dict import MmapedDict

from app.observe import exemplars

log = structlog.get_logger()

SUFFIX = ".db"
FRESH = ".fresh"  # of a file that is not locked yet
# Bytes of a new file, reserved on the disk: a write to a hole that a full disk cannot fill ends in SIGBUS. Room for
# about 400 values; a busy worker has 200 to 300.
SIZE = 64 * 1024
LOOK = 30.0  # seconds between two checks that the file still exists, and between two tries to make one


class Values(MmapedDict):
    """A mapped file that reserves bytes on the disk before it writes to them."""

    def _init_value(self, key: str) -> None:
        # An entry: length, key with padding, two doubles.
        while self._used + len(key.encode()) + 32 > self._capacity:
            os.posix_fallocate(self._f.fileno(), 0, self._capacity * 2)
            self._capacity *= 2
            self._m.resize(self._capacity)
        super()._init_value(key)  # type: ignore[no-untyped-call]


class Writer:
    """Adds to the values of this process; the first addition makes the file. Raises nothing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._values: Values | None = None
        self._path: Path | None = None
        self._next = 0.0  # monotonic time of the next check of the file
        self._complained = False

    def add(self, amounts: Mapping[str, float]) -> None:
        """See metrics.Sink."""
        with self._lock:
            try:
                if (values := self._open()) is not None:
                    for key, amount in amounts.items():
                        values.write_value(key, values.read_value(key)[0] + amount, 0.0)
            except Exception as error:  # any error of the disk: work goes on uncounted
                self._lost(error)

    def note(self, key: str, trace_id: str, value: float, at: float) -> None:
        """See metrics.Sink."""
        exemplars.note(key, trace_id, value, at)

    def close(self) -> None:
        """Releases the file; the next merge puts it into the archive."""
        values, self._values = self._values, None
        if values is not None:
            values.close()

    def _open(self) -> Values | None:
        if time.monotonic() < self._next:
            return self._values
        self._next = time.monotonic() + LOOK
        if self._values is None or self._path is None or not self._path.exists():
            self.close()
            self._values, self._path = create(self._directory)
        return self._values

    def _lost(self, error: Exception) -> None:
        self.close()
        if not self._complained:
            self._complained = True
            log.warning("metrics are not kept, work goes on", directory=str(self._directory), error=str(error))


def create(directory: Path) -> tuple[Values, Path]:
    """Makes a locked file under a name that no other process ever has. OSError if the disk is full."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = directory / (identity() + SUFFIX)
    fresh = path.with_suffix(FRESH)
    # Locked before it gets its name, or a merge could take it for the file of an ended process.
    descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.posix_fallocate(descriptor, 0, SIZE)
        values = Values(str(fresh))
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    fcntl.flock(values._f.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    fresh.rename(path)
    return values, path


def identity() -> str:
    """Host, process id and time in nanoseconds: unique among containers on one volume, and when ids are reused."""
    host = re.sub(r"[^A-Za-z0-9]", "-", socket.gethostname())[:40]
    return f"{host}_{os.getpid()}_{time.time_ns():x}"

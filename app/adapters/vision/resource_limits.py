"""Limits a process that decodes files from strangers: its memory, and the time for one file.

The kernel enforces both, because a decoder inside C code handles no Python signal or timeout.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable
from typing import TypeVar

from app.errors import Transient
from app.settings import Settings

T = TypeVar("T")

OF_LEASE = 0.8  # a file ends within this share of its lease, however long READ_TIMEOUT is

_seconds: list[float] = []  # for one file, in a limited process


def limit_memory(settings: Settings) -> None:
    """Limits this process to DECODE_MEMORY: an allocation beyond that fails, or ends the process."""
    resource.setrlimit(resource.RLIMIT_DATA, (settings.decode_memory, settings.decode_memory))


def close(settings: Settings) -> None:
    """Limits the memory of a pool's child, which may die of a file, and the time of each later file."""
    limit_memory(settings)
    _seconds[:] = [longest(settings)]


def longest(settings: Settings) -> float:
    """The time limit of one file, in seconds."""
    return min(settings.read_timeout, settings.lease_seconds * OF_LEASE)


def one_file(read: Callable[[], T]) -> T:
    """Reads one file. In a limited process, SIGALRM ends the process with its file when the time is up.

    Transient if the memory does not suffice; the memory taken until then is freed.
    """
    _alarm(*_seconds)
    try:
        return read()
    except MemoryError:
        pass  # the error's traceback holds the pictures until this block ends
    finally:
        _alarm(*(0.0 for _ in _seconds))
    raise Transient("reading it needs more memory than DECODE_MEMORY allows")


def _alarm(*seconds: float) -> None:
    """Sets the alarm; sets none in a process without limits, which may use its alarm itself and must not die."""
    for number in seconds:
        signal.setitimer(signal.ITIMER_REAL, number)

"""Bounds for a process that decodes what strangers have sent: its memory, and the time for one file.

The kernel keeps both: a decoder in the middle of C code listens to nobody else.
"""

from __future__ import annotations

import resource
import signal
from collections.abc import Callable
from typing import TypeVar

from app.errors import Transient
from app.settings import Settings

T = TypeVar("T")

OF_LEASE = 0.8  # a file ends within this share of its lease, whatever READ_TIMEOUT says

_seconds: list[float] = []  # for one file, in a process that is caged


def limit_memory(settings: Settings) -> None:
    """From now on this process gets no more than DECODE_MEMORY: what asks for more fails, or ends the process."""
    resource.setrlimit(resource.RLIMIT_DATA, (settings.decode_memory, settings.decode_memory))


def close(settings: Settings) -> None:
    """For a pool's child, which may die of a file: bounds its memory, and the time of each file that follows."""
    limit_memory(settings)
    _seconds[:] = [longest(settings)]


def longest(settings: Settings) -> float:
    """Seconds for one file."""
    return min(settings.read_timeout, settings.lease_seconds * OF_LEASE)


def one_file(read: Callable[[], T]) -> T:
    """Reads one file. In a caged process SIGALRM ends it with its file when the time is up.

    Transient where the memory does not suffice; what was taken until then is free again.
    """
    _alarm(*_seconds)
    try:
        return read()
    except MemoryError:
        pass  # only behind this block are the pictures gone that the error's traceback holds
    finally:
        _alarm(*(0.0 for _ in _seconds))
    raise Transient("reading it needs more memory than DECODE_MEMORY allows")


def _alarm(*seconds: float) -> None:
    """None for a process that is not caged: its alarm is somebody else's, and death no answer."""
    for number in seconds:
        signal.setitimer(signal.ITIMER_REAL, number)

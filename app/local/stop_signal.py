"""Waits for SIGTERM and SIGINT without polling: for the loop of a process, and for a supervisor beside its child."""

from __future__ import annotations

import os
import select
import signal
from threading import Event

CALLER = 1  # a supervisor's stdout is a socket to the process that started it
KEEP = b"k"  # the caller's only word to a supervisor: the service that has answered stays


def stop_event() -> Event:
    """An event that SIGTERM and SIGINT set from now on. Call it in the main thread only."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


class Stop(Exception):
    """The supervisor has to stop: by a signal, the end of its owner, or a caller that gave up."""


class StopSignal:
    """Collects all reasons to stop (signals, owner, caller) as descriptors, to wait for them beside a child's death."""

    def __init__(self, owner: int | None) -> None:
        """owner: id of a process; the supervisor stops when it ends."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        self.poll = select.poll()
        self.poll.register(reader, select.POLLIN)
        self.poll.register(CALLER, select.POLLIN)  # KEEP, or the end of a caller that gave up
        if owner is not None:
            try:
                self.poll.register(os.pidfd_open(owner), select.POLLIN)
            except ProcessLookupError:
                os.write(writer, b".")

    def wait(self, timeout: float | None, child: int = -1) -> bool:
        """True if the child (a pidfd) died, False after `timeout` seconds. Raises Stop if the supervisor must stop.

        May return False earlier, once: when the caller says that it keeps the service.
        """
        if child >= 0:
            self.poll.register(child, select.POLLIN)
        try:
            ready = {descriptor for descriptor, _ in self.poll.poll(None if timeout is None else timeout * 1000)}
        finally:
            if child >= 0:
                self.poll.unregister(child)
        if CALLER in ready and self._is_kept():
            ready.remove(CALLER)
        if ready - {child}:
            raise Stop
        return bool(ready)

    def _is_kept(self) -> bool:
        """Reads the caller's word; detaches from the caller if it is KEEP."""
        try:
            kept = os.read(CALLER, len(KEEP)) == KEEP
        except OSError:
            return False
        if kept:
            self.poll.unregister(CALLER)
            os.dup2(2, CALLER)  # closes our end of the socket: stdout goes to the log from now on
        return kept


def caller_left() -> bool:
    """Whether the caller ended or gave up. Asked only before the verdict: until then the caller sends nothing."""
    poll = select.poll()
    poll.register(CALLER, select.POLLIN)
    return bool(poll.poll(0))

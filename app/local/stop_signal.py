"""Waits for SIGTERM and SIGINT without polling: for the loop of a process, and for a supervisor beside its child."""

from __future__ import annotations

import os
import select
import signal
from threading import Event

CALLER = 1  # a supervisor's stdout is a pipe to the process that started it


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
        # Registered for no event: it reports only that the caller, still waiting for our answer, ended or gave up.
        self.poll.register(CALLER, 0)
        if owner is not None:
            try:
                self.poll.register(os.pidfd_open(owner), select.POLLIN)
            except ProcessLookupError:
                os.write(writer, b".")

    def forget_caller(self) -> None:
        """Ignores the caller from now on: it has its answer."""
        self.poll.unregister(CALLER)

    def wait(self, timeout: float | None, child: int = -1) -> bool:
        """True if the child (a pidfd) died, False after `timeout` seconds. Raises Stop if the supervisor must stop."""
        if child >= 0:
            self.poll.register(child, select.POLLIN)
        try:
            ready = {descriptor for descriptor, _ in self.poll.poll(None if timeout is None else timeout * 1000)}
        finally:
            if child >= 0:
                self.poll.unregister(child)
        if ready - {child}:
            raise Stop
        return bool(ready)

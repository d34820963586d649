"""SIGTERM and SIGINT as something to wait for: by the loop of a process, or by a supervisor beside its child."""

from __future__ import annotations

import os
import select
import signal
from threading import Event

CALLER = 1  # a supervisor's stdout is a pipe to whoever started it


def stop_event() -> Event:
    """An event that SIGTERM and SIGINT set from now on; only a main thread may ask for it."""
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


class Stop(Exception):
    """Somebody asked us to stop."""


class StopSignal:
    """Everything that ends us, as something to wait for beside a child's death: nothing here polls."""

    def __init__(self, owner: int | None) -> None:
        """owner: the process id whose end is ours too."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)
        self.poll = select.poll()
        self.poll.register(reader, select.POLLIN)
        # No events asked for: it only tells that the caller, who still waits for our word, is gone or gave up.
        self.poll.register(CALLER, 0)
        if owner is not None:
            try:
                self.poll.register(os.pidfd_open(owner), select.POLLIN)
            except ProcessLookupError:
                os.write(writer, b".")

    def forget_caller(self) -> None:
        """Nobody waits for our word any longer."""
        self.poll.unregister(CALLER)

    def wait(self, timeout: float | None, child: int = -1) -> bool:
        """True when the child (a pidfd) died, False after `timeout` seconds. Raises Stop when our own time is over."""
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

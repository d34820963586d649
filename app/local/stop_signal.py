"""What a supervisor waits for: the end of its child, or whatever ends itself."""

from __future__ import annotations

import os
import select
import signal

CALLER = 1  # a supervisor's stdout is a pipe to whoever started it


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

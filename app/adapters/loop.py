"""One event loop in a thread of its own, for adapters whose callers block."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

from app import rules
from app.errors import Transient

T = TypeVar("T")


class Overdue(Transient):
    """The loop brought no result in time: it is held up, and how the work ended nobody knows."""


class LoopThread:
    """Runs coroutines for any number of calling threads."""

    def __init__(self, name: str) -> None:
        """Starts the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None) -> T:
        """The coroutine's result or error. Overdue when it takes longer than timeout seconds: it is cancelled.

        timeout: None is as long as the step at work here may take; a request after the other adds up to hours.
        """
        timeout = rules.seconds_left() if timeout is None else timeout
        if self._loop.is_closed() or threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("the event loop is closed, or would wait for itself")
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except TimeoutError:
            if future.done():
                raise
            future.cancel()
            raise Overdue(f"no result within {timeout:.0f} s") from None

    @property
    def running(self) -> bool:
        """Whether coroutines can still be called."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Cancels what still runs and ends the thread; safe to repeat."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        rest = asyncio.all_tasks(self._loop)
        for task in rest:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*rest, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

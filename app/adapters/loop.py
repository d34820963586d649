"""Runs an event loop in its own thread, for adapters whose callers block."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

from app import guards
from app.errors import MediaAuditError, Transient

T = TypeVar("T")
CANCEL_AGAIN = 0.2  # seconds between cancellations of work that goes on after one


class Overdue(Transient):
    """The loop returned no result in time: it is held up, and the outcome of the work is unknown."""


class Interrupted(Overdue):
    """The process has to end before the result came: another worker takes the work over at once, uncharged."""

    def __init__(self) -> None:
        super().__init__("the process was told to end in the middle of it", 0.0, charge=False)


class Leaving(Transient):
    """The process has to end before the work began."""

    def __init__(self) -> None:
        super().__init__("the process was told to end", 0.0, charge=False)


class LoopThread:
    """Runs coroutines for any number of calling threads."""

    def __init__(self, name: str) -> None:
        """Starts the thread."""
        self.name = name
        self._asked: float | None = None  # monotonic time of the open probe of the loop; None once it has answered
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._calls: WeakSet[Future[Any]] = WeakSet()
        self._guard = threading.Lock()
        self._interrupted = False
        self._thread.start()
        _RUNNING.add(self)

    def call(self, work: Coroutine[Any, Any, T], timeout: float | None, *, closing: bool = False) -> T:
        """The coroutine's result or error. Cancels it and raises Overdue after `timeout` seconds.

        timeout: None allows as long as the current step may take, because many requests add up to hours.
        closing: the work ends a connection, so it runs even after an interruption. Without it, an interruption raises
        Interrupted during the work and Leaving before it.
        """
        timeout = guards.seconds_left() if timeout is None else timeout
        future = self._begun(work, closing=closing)
        try:
            return future.result(timeout)
        except CancelledError:
            raise Interrupted from None
        except TimeoutError:
            if future.done():
                raise
            future.cancel()
            raise Overdue(f"no result within {timeout:.0f} s") from None

    def side_by_side(self, works: Sequence[Coroutine[Any, Any, T]]) -> list[T | MediaAuditError]:
        """The results in order. Work that an interruption stopped is Interrupted or Leaving; other results count."""
        return [one() for one in [self._waiting(work) for work in works]]

    def interrupt(self) -> None:
        """Cancels running coroutines and refuses new ones."""
        with self._guard:
            self._interrupted = True
            calls = list(self._calls)
        for future in calls:
            future.cancel()

    def unanswered(self) -> float:
        """The event-loop lag in seconds: how long the last probe has been unanswered. Starts a probe if none is open.

        Call it from one thread only.
        """
        asked = self._asked
        if asked is not None:
            return time.monotonic() - asked
        self._asked = time.monotonic()
        with suppress(RuntimeError):  # closed in between
            self._loop.call_soon_threadsafe(self._answer)
        return 0.0

    def _answer(self) -> None:
        self._asked = None

    @property
    def running(self) -> bool:
        """Whether coroutines can still be called."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Cancels what still runs and ends the thread; safe to repeat."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _begun(self, work: Coroutine[Any, Any, T], *, closing: bool = False) -> Future[T]:
        if self._loop.is_closed() or threading.current_thread() is self._thread:
            work.close()
            raise RuntimeError("the event loop is closed, or would wait for itself")
        with self._guard:
            if self._interrupted and not closing:
                work.close()
                raise Leaving
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
            if not closing:
                self._calls.add(future)
        return future

    def _waiting(self, work: Coroutine[Any, Any, T]) -> Callable[[], T | MediaAuditError]:
        """Begins the work; returns a function that waits for its end."""
        try:
            future = self._begun(work)
        except Leaving as error:
            left = error
            return lambda: left
        return lambda: _result(future)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(_cancelled(asyncio.all_tasks(self._loop)))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


async def cancellable(work: Coroutine[Any, Any, T]) -> T:
    """The result of the work, which a cancellation ends however often the work drops one.

    asyncio.wait_for of Python 3.11 drops a cancellation that comes together with the result (cpython issue 86296), and
    Telethon connects by it: after a Ctrl-C at that moment it would wait for an answer that may never come.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        await _cancelled({task})
        raise
    return task.result()


async def _cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancels the tasks until all have ended; their errors, which no caller waits for any more, count as read."""
    open_ = tasks
    while open_:
        for task in open_:
            task.cancel()
        _, open_ = await asyncio.wait(open_, timeout=CANCEL_AGAIN)
    for task in tasks:
        if not task.cancelled():
            task.exception()


def _result(future: Future[T]) -> T | Interrupted:
    try:
        return future.result()
    except CancelledError:
        return Interrupted()


_RUNNING: WeakSet[LoopThread] = WeakSet()


def interrupt_all() -> None:
    """Interrupts every loop of this process."""
    for loop in list(_RUNNING):
        loop.interrupt()


def running_loops() -> list[LoopThread]:
    """The loops of this process."""
    return [loop for loop in list(_RUNNING) if loop.running]

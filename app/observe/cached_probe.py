"""Cached probes: a slow question runs in its own thread, and each caller waits until the caller's own deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from app.errors import MediaAuditError

log = structlog.get_logger()

T = TypeVar("T")
Pending = Callable[[float], T | None]


class CachedProbe(Generic[T]):
    """Runs one probe in its own thread, one run at a time, and shares the answer between callers for a while.

    A run that hangs (a stopped server, a lost file system) delays no caller beyond its deadline, and no second run
    begins beside it.
    """

    def __init__(self, name: str, ask: Callable[[], T], renew: float, keep: float | None = None) -> None:
        """renew: seconds before the next run; a quarter of that after an error, so that its end shows soon.

        keep: seconds that an answer may serve while the next run takes long; `renew` by default.
        """
        self._name, self._ask = name, ask
        self._renew, self._keep = renew, renew if keep is None else keep
        self._changed = threading.Condition()
        self._asking = False
        self._at = float("-inf")  # monotonic time of the last answer
        self._answer: T | None = None
        self._error: str | None = None

    def begin(self) -> Pending[T]:
        """Starts a run if the last answer is too old. Returns a function that waits for the answer.

        The function takes a deadline (monotonic time); it returns None without an answer by then, or after an error.
        """
        with self._changed:
            now = time.monotonic()
            if now - self._at < (self._renew if self._error is None else self._renew / 4):
                answer = self._answer
                return lambda until: answer
            if not self._asking:
                self._asking = True
                threading.Thread(target=self._run, name=f"ask {self._name}", daemon=True).start()
        return lambda until: self._wait(now, until)

    def _wait(self, since: float, until: float) -> T | None:
        with self._changed:
            self._changed.wait_for(lambda: self._at > since, max(0.0, until - time.monotonic()))
            return self._answer if self._at > since or since - self._at < self._keep else None

    def _run(self) -> None:
        answer, error = None, None
        try:
            answer = self._ask()
        except Exception as failure:  # from any driver: no answer this time
            # Our own errors are safe to log; a driver's may contain an address.
            error = str(failure) if isinstance(failure, MediaAuditError) else type(failure).__name__
        with self._changed:
            self._answer, self._at, self._asking = answer, time.monotonic(), False
            former, self._error = self._error, error
            self._changed.notify_all()
        if error != former:
            log.warning("no answer", of=self._name, error=error) if error else log.info("answers again", of=self._name)

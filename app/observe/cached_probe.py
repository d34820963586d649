"""Questions whose answers may be long in coming: whoever wants them waits until a moment of his own, and no longer."""

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
    """One question, asked in a thread of its own, one at a time; its answer is shared for a while.

    A thread that hangs (a stopped server, a file system that is gone) keeps nobody waiting, and no second one is begun.
    """

    def __init__(self, name: str, ask: Callable[[], T], renew: float, keep: float | None = None) -> None:
        """renew: seconds after which it is asked again; a quarter of them after an error, for its end is what somebody
        waits for. keep: seconds that an answer serves where the next one is long in coming, `renew` unless said."""
        self._name, self._ask = name, ask
        self._renew, self._keep = renew, renew if keep is None else keep
        self._changed = threading.Condition()
        self._asking = False
        self._at = float("-inf")  # monotonic time of the last answer
        self._answer: T | None = None
        self._error: str | None = None

    def begin(self) -> Pending[T]:
        """Asks if the last answer is old. What it returns waits until a monotonic time for the answer: None when there
        is none by then, or when the question ended in an error."""
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
        except Exception as failure:  # whatever a driver raises: it is no answer, and the next one may be one
            # Ours are made to be shown; a driver's may name an address.
            error = str(failure) if isinstance(failure, MediaAuditError) else type(failure).__name__
        with self._changed:
            self._answer, self._at, self._asking = answer, time.monotonic(), False
            former, self._error = self._error, error
            self._changed.notify_all()
        if error != former:
            log.warning("no answer", of=self._name, error=error) if error else log.info("answers again", of=self._name)

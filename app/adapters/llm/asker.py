"""Calls a chat model from any thread, with our own deadline."""

from __future__ import annotations

import asyncio
import atexit
import threading
import time
from collections.abc import Callable
from typing import Any

import structlog

from app.adapters.llm.chat import ChatModel, Completion, Question
from app.adapters.llm.storable import storable
from app.adapters.llm.wire import CURRENT, Wire
from app.adapters.loop import LoopThread, Overdue
from app.domain.reading import RawAnswer
from app.errors import MediaAuditError, Unanswered, Unavailable, unexpected

log = structlog.get_logger(__name__)
CLEAN_UP = 15.0  # seconds; longer than GigaChat's uploads may take to be deleted


class Asker:
    """A connection to a chat model, made at the first call. Safe to share between threads."""

    def __init__(
        self, connect: Callable[[], ChatModel], name: str, seconds: float, setting: str, clean_up: float = CLEAN_UP
    ) -> None:
        """connect: makes the connections, on the event loop. seconds: deadline of one call, set by `setting`.

        clean_up: further seconds for a call to end after its deadline, and for a connection to delete its uploads.
        """
        self._connect = connect
        self._name, self._seconds, self._setting, self._clean_up = name, seconds, setting, clean_up
        self._lock = threading.Lock()
        self._connected: tuple[LoopThread, ChatModel] | None = None

    @property
    def max_bytes(self) -> int:
        """The largest size of one picture, in bytes."""
        return self._online()[1].max_bytes

    def ask(self, question: Question, empty: RawAnswer) -> RawAnswer:
        """Makes one paid call; returns `empty` filled with the answer. Raises the errors of ChatModel.complete.

        Unanswered only if the request went out.
        """
        started = time.monotonic()
        loop, model = self._online()
        wire = Wire()
        try:
            done = loop.call(self._within(model, question, wire), self._seconds + self._clean_up)
            return _filled(empty, done, time.monotonic() - started)
        except Exception as error:
            if not isinstance(error, MediaAuditError):
                log.exception("a paid call was not understood", provider=model.provider)
            raise _verdict(error, model.provider, sent=wire.close()) from None

    def models(self) -> tuple[str, ...] | None:
        """The models of the server, free of charge; see ChatModel.models, also for the errors."""
        loop, model = self._online()
        return loop.call(self._listed(model), self._seconds + self._clean_up)

    def close(self) -> None:
        """Closes the connections; the next call makes new ones."""
        with self._lock:
            connected, self._connected = self._connected, None
        atexit.unregister(self.close)
        if connected is not None:
            loop, model = connected
            loop.call(model.close(), self._clean_up, closing=True)
            loop.stop()

    def _online(self) -> tuple[LoopThread, ChatModel]:
        # At the first call, not when the adapter is made: a prefork parent that reads the recipe must not own a thread.
        with self._lock:
            if self._connected is None:
                self._connected = LoopThread(self._name), self._connect()
                atexit.register(self.close)  # the last call of a process may leave uploads to delete
            return self._connected

    async def _within(self, model: ChatModel, question: Question, wire: Wire) -> Completion:
        """Limits the whole call: HTTP timeouts limit each read, so a server that trickles would hold it for ever."""
        CURRENT.set(wire)  # of this task alone
        try:
            async with asyncio.timeout(self._seconds):
                return await model.complete(question)
        except TimeoutError:
            reason = f"{model.provider}: no answer within {self._seconds:.0f} s ({self._setting})"
            raise Unanswered(reason) from None

    async def _listed(self, model: ChatModel) -> tuple[str, ...] | None:
        try:
            async with asyncio.timeout(self._seconds):
                return await model.models()
        except TimeoutError:
            raise Unavailable(f"{model.provider}: no answer within {self._seconds:.0f} s") from None


def _verdict(error: Exception, provider: str, *, sent: bool) -> MediaAuditError:
    """The verdict on a call that failed: only a request that went out may have been paid for."""
    if sent and isinstance(error, Overdue):
        return Unanswered(f"{provider}: {error.reason}")
    if isinstance(error, Unanswered) and not sent:
        return Unavailable(error.reason)
    if isinstance(error, MediaAuditError):
        return error
    bug = unexpected(error)
    return Unanswered(bug.reason) if sent else bug


def _filled(empty: RawAnswer, done: Completion, seconds: float) -> RawAnswer:
    return empty.model_copy(
        update={
            "model": storable(done.model),
            "text": storable(done.text),
            "finish": storable(done.finish),
            "refusal": storable(done.refusal),
            "prompt_tokens": done.prompt_tokens,
            "completion_tokens": done.completion_tokens,
            "tokens": done.total_tokens,
            "notes": (*empty.notes, *storable(done.notes)),
            "seconds": round(seconds, 3),
            "body": _body(done.body),
        }
    )


def _body(body: Any) -> Any:
    """The body for the record, or {} if it is nested too deeply to convert: the answer in it is valid all the same."""
    try:
        return storable(body)
    except RecursionError:
        return {}

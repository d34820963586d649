"""The trace of the work at hand: one id from a revision's first message to its index, in every log line.

What is at hand stands in a context variable: coroutines that a step sends to an event loop take it along, threads that
it starts do not.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

from structlog.typing import EventDict, WrappedLogger

HEADER = "trace_id"  # of messages, tasks' and events'
ID = re.compile(r"[0-9a-f]{32}")  # as W3C and OpenTelemetry write a trace id

_NOTHING: Mapping[str, object] = {}
_at_hand: ContextVar[Mapping[str, object]] = ContextVar("at_hand", default=_NOTHING)
_items: ContextVar[Sequence[str | None]] = ContextVar("items", default=())
_tasks: dict[str, Token[Mapping[str, object]]] = {}  # by task id: they end in the thread in which they began


def new() -> str:
    """A trace id: 32 hexadecimal digits, neither half of which is zero."""
    return uuid.uuid4().hex


def known(value: object) -> str | None:
    """The value if it can be a trace id: headers of messages may say anything."""
    return value if isinstance(value, str) and ID.fullmatch(value) else None


def current() -> str | None:
    """The trace of the work at hand; None outside of any, and where several are at hand."""
    return known(_at_hand.get().get("trace_id"))


def begin_task(name: str, task_id: str, trace_id: object) -> None:
    """A task begins in this thread: its log lines name it, and the trace that its message carried."""
    found = known(trace_id)
    _tasks[task_id] = _at_hand.set(
        {**({"trace_id": found} if found else {}), "task": name.removeprefix("app.tasks."), "task_id": task_id}
    )


def end_task(task_id: str) -> None:
    """It has ended."""
    if (token := _tasks.pop(task_id, None)) is not None:
        _at_hand.reset(token)


@contextmanager
def at_work(traces: Sequence[str | None]) -> Iterator[None]:
    """The block works for rows of these traces, in the order of a step's inputs.

    Log lines in it carry the trace of all of them if it is one, else how many there are; inside of `each_item` its own.
    """
    tokens = _at_hand.set(_with(traces)), _items.set(traces)
    try:
        yield
    finally:
        _at_hand.reset(tokens[0])
        _items.reset(tokens[1])


def each_item(count: int) -> Iterator[None]:
    """Goes through so many inputs of the block around it; each is at hand until the next one is asked for."""
    traces = _items.get()
    whole = _at_hand.get()
    try:
        for number in range(count):
            if len(traces) == count > 1:
                _at_hand.set(_with(traces[number : number + 1]))
            yield
    finally:
        _at_hand.set(whole)


def _with(traces: Sequence[str | None]) -> Mapping[str, object]:
    """What is at hand, with these traces for those that were."""
    distinct = {trace for trace in traces if trace}
    if not distinct:
        return _at_hand.get()
    rest = {key: value for key, value in _at_hand.get().items() if key not in ("trace_id", "traces")}
    return {"trace_id": distinct.pop(), **rest} if len(distinct) == 1 else {"traces": len(distinct), **rest}


def into_line(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """structlog processor: what is at hand goes into the line; what the line says itself counts."""
    at_hand = _at_hand.get()
    if not at_hand:
        return line
    found: dict[str, Any] = {"event": line.pop("event", ""), **at_hand}
    found.update(line)
    return found

"""Traces: one id for a revision, from its first message to its index, in every log line about it.

A context variable holds the current trace: coroutines that a step sends to an event loop inherit it, threads that it
starts do not.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar, Token
from typing import Any

from structlog.typing import EventDict, WrappedLogger

HEADER = "trace_id"  # in messages of tasks and events
ID = re.compile(r"[0-9a-f]{32}")  # the form of a trace id by W3C and OpenTelemetry

_NOTHING: Mapping[str, object] = {}
_at_hand: ContextVar[Mapping[str, object]] = ContextVar("at_hand", default=_NOTHING)
_items: ContextVar[Sequence[str | None]] = ContextVar("items", default=())
_tasks: dict[str, Token[Mapping[str, object]]] = {}  # by task id: a task ends in the thread in which it began


def new() -> str:
    """A new trace id: 32 hexadecimal digits, neither half all zeros."""
    return uuid.uuid4().hex


def known(value: object) -> str | None:
    """The value if it has the form of a trace id, else None: a message header may hold any value."""
    return value if isinstance(value, str) and ID.fullmatch(value) else None


def begin_task(name: str, task_id: str, trace_id: object) -> None:
    """Begins a task in this thread: log lines name the task and the trace of its message."""
    found = known(trace_id)
    _tasks[task_id] = _at_hand.set(
        {**({"trace_id": found} if found else {}), "task": name.removeprefix("app.tasks."), "task_id": task_id}
    )


def end_task(task_id: str) -> None:
    """Ends the task in this thread."""
    if (token := _tasks.pop(task_id, None)) is not None:
        _at_hand.reset(token)


@contextmanager
def at_work(traces: Sequence[str | None]) -> Iterator[None]:
    """Marks the block as work on rows of these traces, in the order of a step's inputs.

    Log lines in the block name the trace if all rows share one, else the number of traces; inside `each_item` the
    trace of its item.
    """
    tokens = _at_hand.set(_with(traces)), _items.set(traces)
    try:
        yield
    finally:
        _at_hand.reset(tokens[0])
        _items.reset(tokens[1])


def each_item(count: int) -> Iterator[None]:
    """Iterates over `count` inputs of the `at_work` block around it; log lines name the trace of the current input."""
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
    """The current fields of log lines, with these traces in place of the previous ones."""
    distinct = {trace for trace in traces if trace}
    if not distinct:
        return _at_hand.get()
    rest = {key: value for key, value in _at_hand.get().items() if key not in ("trace_id", "traces")}
    return {"trace_id": distinct.pop(), **rest} if len(distinct) == 1 else {"traces": len(distinct), **rest}


def into_line(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    """A structlog processor: adds the current fields to the line, which keeps its own value of a field."""
    at_hand = _at_hand.get()
    if not at_hand:
        return line
    found: dict[str, Any] = {"event": line.pop("event", ""), **at_hand}
    found.update(line)
    return found

"""Exports traces by OpenTelemetry. Off unless OTEL_EXPORTER_OTLP_ENDPOINT is set; then a call reads one variable.

A publication has the same trace id in the database and in OpenTelemetry. The id of its root span `publication` follows
from the trace id, so that a process that knows the trace id alone, such as the sweeper, can add spans below the root.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from app.settings import Settings, get_settings
from app.telemetry.root_span import Attributes, root_of

if TYPE_CHECKING:
    from app.telemetry.export import Exporting

__all__ = ["Attributes", "begun", "headers", "on", "passed", "prepare", "root_of", "start", "stop", "wanted", "within"]

log = structlog.get_logger()

FLUSH = 2.0  # seconds for the last spans when a process ends: together with STOP_SECONDS below the 25 s of `up`

_running: list[Exporting] = []  # the exporter of this process, if any


def wanted(settings: Settings) -> bool:
    """Whether spans have a receiver. The switches of the OpenTelemetry standard count, too."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    named = settings.otel_exporter_otlp_endpoint or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return bool(named) and not off


def start(process: str) -> None:
    """Begins to export; in a process that forks, call it after the fork. Safe to repeat; work goes on if it fails."""
    if _running or not wanted(get_settings()):
        return
    try:
        from app.telemetry.export import Exporting  # late: 0.5 s and 20 MB that a process without export saves

        _running.append(Exporting(get_settings(), process))
    except Exception as error:  # wrong variables raise errors of any type
        log.error("no spans are exported", reason=f"{type(error).__name__}: {error}")


def prepare() -> None:
    """Loads the SDK in a process that will fork, so that its children start sooner."""
    if wanted(get_settings()):
        with suppress(Exception):  # each child logs the error
            import app.telemetry.export  # noqa: F401


def stop() -> None:
    """Sends the remaining spans, for FLUSH seconds at most."""
    if _running:
        # In a thread with a limit: the SDK's shutdown may take 30 seconds.
        last = threading.Thread(target=_running.pop().shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(FLUSH)


def on() -> bool:
    """Whether this process exports spans."""
    return bool(_running)


def headers(trace_id: str | None) -> dict[str, str]:
    """The trace headers of a task's message; with W3C's `traceparent` if spans are exported."""
    if trace_id is None:
        return {}
    place = {"traceparent": f"00-{trace_id}-{root_of(trace_id)}-01"} if wanted(get_settings()) else {}
    return {"trace_id": trace_id, **place}


def within(trace_id: str | None) -> AbstractContextManager[None]:
    """Puts messages published in the block into this trace; without an id each begins a trace of its own."""
    return _running[0].within(trace_id) if _running else nullcontext()


def begun(session: Session, traces: Mapping[str, Attributes]) -> None:
    """Begins these traces once the transaction is committed. traces: id -> attributes of the root span."""

    def committed(_: Session) -> None:
        for one in _running:
            one.begin(traces)

    if _running and traces:
        event.listen(session, "after_commit", committed, once=True)


def passed(name: str, rows: Sequence[tuple[str | None, Attributes]], seconds: float) -> None:
    """Records a step that ended now. rows: pairs (trace id, attributes); seconds: duration for all rows together."""
    for one in _running:
        one.passed(name, rows, seconds)

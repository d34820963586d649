"""Export of traces by OpenTelemetry, off unless OTEL_EXPORTER_OTLP_ENDPOINT is set; off, it costs a look at a variable.

A publication's trace in the database is its trace there. Its root is the span `publication`, whose id follows from the
trace's own, so that whoever knows the trace alone, such as the sweeper, finds its place in it.
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

FLUSH = 2.0  # seconds that the last spans may take when a process ends: with STOP_SECONDS below the 25 of `up`

_running: list[Exporting] = []  # the one of this process


def wanted(settings: Settings) -> bool:
    """Whether somebody is to receive spans. The standard's own switches count too."""
    off = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none"
    named = settings.otel_exporter_otlp_endpoint or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return bool(named) and not off


def start(process: str) -> None:
    """Exports from now on; in a process that forks, after the fork. Safe to repeat. Work goes on without it."""
    if _running or not wanted(get_settings()):
        return
    try:
        from app.telemetry.export import Exporting  # late: half a second and 20 MB, for nobody while it is off

        _running.append(Exporting(get_settings(), process))
    except Exception as error:  # whatever a wrong variable makes of it
        log.error("no spans are exported", reason=f"{type(error).__name__}: {error}")


def prepare() -> None:
    """In a process that will fork: its children find loaded what they need, and start sooner."""
    if wanted(get_settings()):
        with suppress(Exception):  # each child says why
            import app.telemetry.export  # noqa: F401


def stop() -> None:
    """Sends what is left, for FLUSH seconds at most."""
    if _running:
        # Its own shutdown may wait for half a minute.
        last = threading.Thread(target=_running.pop().shutdown, name="last-spans", daemon=True)
        last.start()
        last.join(FLUSH)


def on() -> bool:
    """Whether spans are exported here."""
    return bool(_running)


def headers(trace_id: str | None) -> dict[str, str]:
    """What the message of a task carries: its trace, also as W3C writes it where spans are exported."""
    if trace_id is None:
        return {}
    place = {"traceparent": f"00-{trace_id}-{root_of(trace_id)}-01"} if wanted(get_settings()) else {}
    return {"trace_id": trace_id, **place}


def within(trace_id: str | None) -> AbstractContextManager[None]:
    """Messages published in the block belong to this trace; without one they begin one of their own."""
    return _running[0].within(trace_id) if _running else nullcontext()


def begun(session: Session, traces: Mapping[str, Attributes]) -> None:
    """These traces begin as soon as the transaction is committed. Values: what the root says of the publication."""

    def committed(_: Session) -> None:
        for one in _running:
            one.begin(traces)

    if _running and traces:
        event.listen(session, "after_commit", committed, once=True)


def passed(name: str, rows: Sequence[tuple[str | None, Attributes]], seconds: float) -> None:
    """A step has ended now for these rows, (trace, what is said of it), after so many seconds for all of them."""
    for one in _running:
        one.passed(name, rows, seconds)

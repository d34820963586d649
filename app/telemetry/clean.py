"""Cleans spans before export: known attributes only, no SQL statement, no text of a post, no text of an error."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

import structlog
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status
from opentelemetry.util.types import AttributeValue

log = structlog.get_logger()

AGAIN = 600.0  # seconds until the log names a collector that is down again

OURS = "media_audit."
# Attributes of the instrumentations of Celery, SQLAlchemy and httpx, by their old and new names. Left out: statements,
# which hold thousands of placeholders, and error messages, which may quote the database, a model or a library.
KNOWN = frozenset(
    {
        *("celery.action", "celery.task_name", "celery.state", "celery.hostname", "celery.retries"),
        *("messaging.message.id", "messaging.message_id", "messaging.destination", "messaging.destination_kind"),
        *("db.system", "db.system.name", "db.name", "db.namespace", "db.operation", "db.operation.name"),
        *("http.method", "http.request.method", "http.status_code", "http.response.status_code"),
        *("net.peer.name", "net.peer.port", "net.transport", "server.address", "server.port", "error.type"),
        *("exception.type",),
    }
)
ADDRESSES = frozenset({"http.url", "url.full"})


class Clean(SpanExporter):
    """Exports cleaned spans, and logs every AGAIN seconds that the collector takes none."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._told = float("-inf")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends the spans; drops those that cannot be sent, so that no work waits for the collector."""
        result = self._exporter.export([cleaned(span) for span in spans])
        if result is not SpanExportResult.SUCCESS and time.monotonic() - self._told > AGAIN:
            self._told = time.monotonic()
            log.warning("the collector takes no spans, they are dropped", setting="OTEL_EXPORTER_OTLP_ENDPOINT")
        return result

    def shutdown(self) -> None:
        """Ends the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flushes the exporter."""
        return self._exporter.force_flush(timeout_millis)


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """The span with only the attributes that are known to be harmless."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_attributes(span.attributes),
        events=[Event(event.name, _attributes(event.attributes), event.timestamp) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _attributes(found: Mapping[str, AttributeValue] | None) -> dict[str, AttributeValue]:
    kept = {name: value for name, value in (found or {}).items() if name in KNOWN or name.startswith(OURS)}
    addresses = {name: _address(value) for name, value in (found or {}).items() if name in ADDRESSES}
    return {**kept, **addresses}


def _address(value: AttributeValue) -> str:
    """The address without user, password, query and fragment."""
    parts = urlsplit(str(value))
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"

"""What leaves the machine in spans: known attributes alone. No statement, no text of a post, no error's words."""

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

AGAIN = 600.0  # seconds before a collector that is away is named in the log again

OURS = "media_audit."
# Of the instrumentations of Celery, SQLAlchemy and httpx, by their old and new names. Statements hold no parameters,
# but thousands of places for them; messages of errors hold whatever the database, a model or a library quotes.
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
    """Hands on what may leave, and says once in a while that nobody takes it."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._told = float("-inf")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends them; those that cannot be sent are lost, and nothing waits for them."""
        result = self._exporter.export([cleaned(span) for span in spans])
        if result is not SpanExportResult.SUCCESS and time.monotonic() - self._told > AGAIN:
            self._told = time.monotonic()
            log.warning("the collector takes no spans, they are dropped", setting="OTEL_EXPORTER_OTLP_ENDPOINT")
        return result

    def shutdown(self) -> None:
        """Ends the exporter."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """As the exporter does."""
        return self._exporter.force_flush(timeout_millis)


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """The span without anything that is not known to be harmless."""
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
    """Without user, password, query and fragment."""
    parts = urlsplit(str(value))
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"

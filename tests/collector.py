"""A collector of OpenTelemetry on loopback: takes OTLP over HTTP and keeps the spans."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PASSWORD = "collectors-own-secret"  # part of the address that the processes are given


@dataclass(frozen=True)
class Span:
    """One span as it came in; ids in hexadecimal, empty where there is none."""

    name: str
    trace_id: str
    id: str
    parent: str
    links: tuple[str, ...]  # traces that it is linked to
    attributes: dict[str, Any] = field(repr=False)
    scope: str
    process: str


class Collector(ThreadingHTTPServer):
    """Serves while the context is open. It answers whoever has the password."""

    daemon_threads = True

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.raw: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="collector", daemon=True)

    @property
    def endpoint(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is to be."""
        return f"http://collector:{PASSWORD}@127.0.0.1:{self.server_port}"

    def of(self, trace_id: str) -> list[Span]:
        """The spans of a trace."""
        return [span for span in list(self.spans) if span.trace_id == trace_id]

    def __enter__(self) -> Collector:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        known = self.path == "/v1/traces" and "Authorization" in self.headers
        if known:
            self.server.raw.append(body)
            self.server.spans.extend(_spans(ExportTraceServiceRequest.FromString(body)))
        self.send_response(200 if known else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


def _spans(request: ExportTraceServiceRequest) -> list[Span]:
    return [
        Span(
            name=span.name,
            trace_id=span.trace_id.hex(),
            id=span.span_id.hex(),
            parent=span.parent_span_id.hex(),
            links=tuple(link.trace_id.hex() for link in span.links),
            attributes=_plain(span.attributes),
            scope=scoped.scope.name,
            process=_plain(of.resource.attributes).get("service.instance.id", ""),
        )
        for of in request.resource_spans
        for scoped in of.scope_spans
        for span in scoped.spans
    ]


def _plain(attributes: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value") or "string_value") for one in attributes}

"""Makes and exports spans. Only this module and clean.py import OpenTelemetry's SDK."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
from opentelemetry.metrics import NoOpMeter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.span import TraceState
from opentelemetry.util.types import Attributes as Given

from app import db
from app.settings import Settings
from app.telemetry.clean import Clean
from app.telemetry.root_span import Attributes, root_of

ROOT = "publication"


class Exporting:
    """The exporter of this process, with the published instrumentations that make most of its spans."""

    def __init__(self, settings: Settings, process: str) -> None:
        """process: its name, an attribute of each span."""
        # Silent: it logs a collector that is down at each try; app.telemetry.clean does so every 10 minutes.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self._ids = _Ids()
        self._provider = TracerProvider(resource=_resource(process), id_generator=self._ids, shutdown_on_exit=False)
        self._provider.sampler = _WithinWork(self._provider.sampler)
        self._provider.add_span_processor(BatchSpanProcessor(Clean(OTLPSpanExporter(endpoint=_endpoint(settings)))))
        self._tracer = self._provider.get_tracer("app")
        CeleryInstrumentor().instrument(tracer_provider=self._provider, raise_exception_on_conflict=True)
        HTTPXClientInstrumentor().instrument(tracer_provider=self._provider, raise_exception_on_conflict=True)
        # The SQLAlchemy instrumentor of version 0.66 declares SQLAlchemy below 2.1, so it would silently do nothing;
        # forced, it also wraps the asyncio part, which needs greenlet. Its engine listeners work with 2.1, as
        # tests/e2e/test_traces.py shows, and there is one engine.
        tracer = self._provider.get_tracer("opentelemetry.instrumentation.sqlalchemy")
        EngineTracer(tracer, db.engine(), NoOpMeter("app").create_up_down_counter("connections"))

    def shutdown(self) -> None:
        """Sends the remaining spans and ends for good."""
        CeleryInstrumentor().uninstrument()
        HTTPXClientInstrumentor().uninstrument()
        EngineTracer.remove_all_event_listeners()
        self._provider.shutdown()

    @contextmanager
    def within(self, trace_id: str | None) -> Iterator[None]:
        """See app.telemetry.within. Ends, too, a context that an instrumentation leaves after a failed publish."""
        here = get_current_span().get_span_context()
        if trace_id is not None and _hex(here) == trace_id:
            token = attach(set_span_in_context(get_current_span()))
        else:
            token = attach(self._root(trace_id) if trace_id else Context())
        try:
            yield
        finally:
            detach(token)

    def begin(self, traces: Mapping[str, Attributes]) -> None:
        """Makes the root spans of these traces, linked to the span that found the publications: a poll, a backfill."""
        links = _links()
        for trace_id, said in traces.items():
            with self._ids.are(int(trace_id, 16), int(root_of(trace_id), 16)):
                self._tracer.start_span(ROOT, Context(), links=links, attributes=_named(said)).end()

    def passed(self, name: str, rows: Sequence[tuple[str | None, Attributes]], seconds: float) -> None:
        """Makes a span for each row in its own trace, linked to the span of the batch if that has another trace."""
        ended = time.time_ns()
        here, links = _hex(get_current_span().get_span_context()), _links()
        for trace_id, said in rows:
            ours = trace_id is None or trace_id == here
            span = self._tracer.start_span(
                name,
                None if ours else self._root(trace_id or ""),
                links=None if ours else links,
                attributes=_named({**said, "rows": len(rows)}),
                start_time=ended - int(seconds * 1e9),
            )
            span.end(ended)

    def _root(self, trace_id: str) -> Context:
        number = int(trace_id, 16)
        chosen = self._provider.sampler.should_sample(None, number, ROOT).decision.is_sampled()
        flags = TraceFlags(TraceFlags.SAMPLED if chosen else TraceFlags.DEFAULT)
        root = SpanContext(number, int(root_of(trace_id), 16), is_remote=True, trace_flags=flags)
        return set_span_in_context(NonRecordingSpan(root), Context())


class _Ids(RandomIdGenerator):
    """Generates random ids, except for the root spans of publications."""

    def __init__(self) -> None:
        self._wanted: ContextVar[tuple[int, int] | None] = ContextVar("ids", default=None)

    @contextmanager
    def are(self, trace_id: int, span_id: int) -> Iterator[None]:
        """Gives these ids to the span that begins in the block."""
        token = self._wanted.set((trace_id, span_id))
        try:
            yield
        finally:
            self._wanted.reset(token)

    def generate_trace_id(self) -> int:
        wanted = self._wanted.get()
        return super().generate_trace_id() if wanted is None else wanted[0]

    def generate_span_id(self) -> int:
        wanted = self._wanted.get()
        return super().generate_span_id() if wanted is None else wanted[1]


class _WithinWork(Sampler):
    """Drops statements and requests outside of any work, such as heartbeats; samples others by OTEL_TRACES_SAMPLER."""

    def __init__(self, configured: Sampler) -> None:
        self._configured = configured

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Given = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Decides as documented for the class."""
        if kind is SpanKind.CLIENT and not get_current_span(parent_context).get_span_context().is_valid:
            return SamplingResult(Decision.DROP)
        return self._configured.should_sample(parent_context, trace_id, name, kind, attributes, links, trace_state)

    def get_description(self) -> str:
        """The name of the sampler, for people."""
        return f"within work, {self._configured.get_description()}"


def _endpoint(settings: Settings) -> str | None:
    """The address for spans; None if the SDK reads the variable for traces alone."""
    if settings.otel_exporter_otlp_endpoint is None or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        return None
    return settings.otel_exporter_otlp_endpoint.get_secret_value().rstrip("/") + "/v1/traces"


def _resource(process: str) -> Resource:
    said = {"service.instance.id": process}
    if "service.name=" not in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "") and not os.environ.get(
        "OTEL_SERVICE_NAME"
    ):
        said["service.name"] = "media-audit"
    return Resource.create(said)


def _links() -> list[Link]:
    here = get_current_span().get_span_context()
    return [Link(here)] if here.is_valid else []


def _hex(context: SpanContext) -> str:
    return f"{context.trace_id:032x}"


def _named(said: Attributes) -> dict[str, str | int | float]:
    return {f"media_audit.{name}": value for name, value in said.items()}

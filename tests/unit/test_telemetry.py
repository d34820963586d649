"""Export of spans: nothing while it is off, nothing that waits for a collector, nothing secret."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

from app import telemetry
from app.settings import get_settings
from app.telemetry.clean import Clean

AWAY = """
import os, sys, time
from app import telemetry
from app.log import configure_logging
from app.settings import get_settings
import app.tasks
telemetry.start("nobody")
loaded = [name for name in sys.modules if name.startswith(("opentelemetry.exporter", "opentelemetry.instrumentation"))]
print(telemetry.on(), loaded)
os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://user:very-secret-word@127.0.0.1:9"
get_settings.cache_clear()
configure_logging(get_settings())
telemetry.start("worker")
print(telemetry.on())
began = time.thread_time()
for number in range(3_000):
    with telemetry.within("a" * 32):
        telemetry.passed("tag", [("a" * 32, {"subject": number})], 0.1)
print(time.thread_time() - began)
time.sleep(1.0)
began = time.monotonic()
telemetry.stop()
print(time.monotonic() - began, telemetry.on())
"""


def test_off_it_loads_nothing_and_a_collector_that_is_away_holds_up_nobody() -> None:
    """More spans than its queue holds are dropped without a word each."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    services = {"DATABASE_URL": "postgresql://u:p@127.0.0.1:9/none", "REDIS_URL": "redis://127.0.0.1:9/0"}
    quick = {"OTEL_BSP_SCHEDULE_DELAY": "50", "OTEL_EXPORTER_OTLP_TIMEOUT": "1", "LOG_FORMAT": "json"}
    argv = [sys.executable, "-c", AWAY]
    done = subprocess.run(argv, env={**env, **services, **quick}, capture_output=True, text=True, check=True)
    off, on, making, end = done.stdout.splitlines()
    assert (off, on) == ("False []", "True")
    assert float(making) < 1.5, "half a millisecond of processor time a span"
    assert float(end.split()[0]) < telemetry.FLUSH + 1.0
    assert end.endswith("False")
    [line] = done.stderr.splitlines()
    assert "the collector takes no spans" in line
    assert "very-secret-word" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318", True),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://127.0.0.1:4318/v1/traces", True),
        ("OTEL_SERVICE_NAME", "audit", False),
    ],
)
def test_the_standards_own_switches(name: str, value: str, wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    for other in [other for other in os.environ if other.startswith("OTEL_")]:
        monkeypatch.delenv(other)
    monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    assert telemetry.wanted(get_settings()) is wanted
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not telemetry.wanted(get_settings())
    get_settings.cache_clear()


def test_only_what_is_known_leaves() -> None:
    """Whatever an instrumentation, an error or a curious setting of it adds."""
    kept = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(Clean(kept)))
    with suppress(ValueError), provider.get_tracer("x").start_as_current_span("POST") as span:
        span.set_attributes(
            {
                "http.url": "https://name:hidden-1@models.example:8443/v1/chat?key=hidden-2#hidden-3",
                "http.method": "POST",
                "db.statement": "SELECT 'hidden-4'",
                "http.request.header.authorization": ("Bearer hidden-5",),
                "media_audit.step": "tag",
            }
        )
        span.set_status(Status(StatusCode.ERROR, "hidden-6"))
        raise ValueError("hidden-7")
    [sent] = kept.get_finished_spans()
    assert isinstance(sent, ReadableSpan)
    assert "hidden" not in sent.to_json()
    assert sent.attributes == {
        "http.method": "POST",
        "media_audit.step": "tag",
        "http.url": "https://models.example:8443/v1/chat",
    }
    assert [event.attributes for event in sent.events] == [{"exception.type": "ValueError"}]
    assert sent.status.status_code is StatusCode.ERROR

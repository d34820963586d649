"""A Prometheus that watched a real run answers every query of every dashboard, and knows what each rule asks for."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from app.demo.channels import sample_world
from app.demo.llm import plausible
from app.local.fleet import METRICS_URL
from tests.chaos.channels import Town, town
from tests.prometheus.server import Prometheus, free_port, prometheus, promtool
from tests.queries import Query, metrics, panel_queries, rule_queries, rules, variable_metrics
from tests.rows import until
from tests.services import TestServices
from tests.web.archive import page_process

# What Grafana would put into the queries: every value chosen, a minute of rates, all of the run.
VARIABLES = {"__rate_interval": "60s", "__range": "1h"}
PATIENCE = 400.0  # seconds for one part of the run, on a machine that is busy with other things
STEP = 5  # seconds between two points of a chart

pytestmark = pytest.mark.timeout(900)  # one run for all


@dataclass(frozen=True)
class Watched:
    """A run that Prometheus scraped from its begin on."""

    town: Town
    prometheus: Prometheus
    began: float
    metrics_url: str

    def values(self, query: Query) -> list[float]:
        """All finite values that a panel would draw."""
        expr = re.sub(r"\$(__\w+|stage|provider|name)\b", lambda found: VARIABLES.get(found[1], ".*"), query.expr)
        if query.instant:
            answered = self.prometheus.ask("query", query=expr)["result"]
            values = [one["value"] for one in answered]
        else:
            span = {"start": self.began, "end": time.time(), "step": STEP}
            answered = self.prometheus.ask("query_range", query=expr, **span)["result"]
            values = [point for one in answered for point in one["values"]]
        return [float(value) for _, value in values if math.isfinite(float(value))]


def look_at(page: str) -> None:
    """Opens pages, as a reader does."""
    for address in ("/", "/feed", "/gallery"):
        assert httpx.get(page + address, timeout=60).status_code == 200


@pytest.fixture(scope="module")
def watched(services: TestServices, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """The smallest of the sample channels, with albums, videos and documents, read by real workers and a paid model on
    loopback: history first, then what comes later. Posts whose pictures were read are tagged again."""
    folder = tmp_path_factory.mktemp("watched")
    world = sample_world(folder / "samples")
    world.channels = world.channels[2:]
    ids = {channel.telegram_id for channel in world.channels}
    world.later = [tuple(action for action in batch if action.channel in ids) for batch in world.later]
    changes = {
        "GIGACHAT_DAILY_TOKENS": "10000000",
        "GIGACHAT_CALLS_AT_ONCE": "4",
        "METRICS_PORT": "0",
        "EXPORTER_PORT": str(free_port()),
    }
    with town(world, services, folder / "home", plausible, **changes) as run:
        began = time.time()
        url = (run.home / "run" / METRICS_URL).read_text()
        assert run.exporter
        targets = {"media-audit": urlsplit(url).netloc, "celery-exporter": urlsplit(run.exporter.url).netloc}
        with prometheus(folder / "prometheus", targets) as server, page_process(run.settings) as page:
            run.read(PATIENCE)
            look_at(page)
            while run.telegram.next_batch():
                run.read(PATIENCE)
                look_at(page)
            until(lambda: set(server.up().values()) == {""}, "everything is scraped", 60)
            time.sleep(4 * STEP)  # the end of the run is scraped, and the rules see it
            yield Watched(run, server, began, url)


def test_no_panel_is_empty(watched: Watched) -> None:
    asked = [*panel_queries(), *variable_metrics()]
    assert len(asked) > 40
    assert [query.of for query in asked if not watched.values(query)] == []


def test_every_rule_is_evaluated_over_metrics_that_exist(watched: Watched) -> None:
    groups = watched.prometheus.ask("rules")["groups"]
    loaded = {rule["name"]: (rule["health"], rule.get("lastError", "")) for group in groups for rule in group["rules"]}
    assert loaded == {rule.get("alert") or rule["record"]: ("ok", "") for rule in rules()}
    named = {name for query in rule_queries() for name in metrics(query.expr)}
    assert len(named) > 10
    assert [name for name in sorted(named) if not watched.prometheus.ask("series", **{"match[]": name})] == []
    recorded = [rule["record"] for rule in rules() if "record" in rule]
    assert [name for name in recorded if not watched.values(Query(name, name))] == []


def test_a_run_without_faults_alarms_nobody(watched: Watched) -> None:
    """Neither fires nor waits to fire, at the end of the run."""
    alerts = watched.prometheus.ask("alerts")["alerts"]
    assert [(alert["labels"]["alertname"], alert["state"], alert["value"]) for alert in alerts] == []


def test_both_formats_are_clean(watched: Watched) -> None:
    """promtool finds no fault in the text format; Prometheus itself asks for OpenMetrics, and takes all of it."""
    shown = httpx.get(watched.metrics_url, timeout=10)
    assert shown.headers["content-type"].startswith("text/plain")
    checked = promtool("check", "metrics", text=shown.text)
    assert (checked.returncode, checked.stdout) == (0, "")
    assert watched.prometheus.up()["media-audit"] == ""


def test_points_of_charts_lead_to_posts(watched: Watched) -> None:
    """An exemplar carries the trace of a publication that is there."""
    for histogram in ("media_processing_duration_seconds", "vision_analysis_duration_seconds"):
        span = {"start": watched.began, "end": time.time()}
        found = watched.prometheus.ask("query_exemplars", query=f"{histogram}_bucket", **span)
        traces = {point["labels"]["trace_id"] for series in found for point in series["exemplars"]}
        assert traces, histogram
        known = watched.town.rows("SELECT trace_id FROM publications WHERE trace_id = ANY(%s)", sorted(traces))
        assert known, f"{histogram}: none of {len(traces)} traces is that of a publication"

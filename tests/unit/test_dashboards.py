"""Dashboards and alerts ask only for what somebody exports, and each alert tells what to do.

Whether a real run exports it is what `make test-prometheus` sees; this needs no Prometheus, and is part of `make test`.
"""

from __future__ import annotations

import json
import re
from typing import Any

import click
import pytest

from app import metrics as counted
from app.cli.main import cli
from app.observe import gauges
from deploy.grafana.generate import PLACE, dashboards, text
from tests.pages import ROOT
from tests.queries import Query, metrics, panel_queries, rule_queries, rules, variable_metrics

# Of others: Prometheus itself, and danihodovic's exporter.
CELERY = {
    "celery_task_received_total",
    "celery_task_succeeded_total",
    "celery_task_failed_total",
    "celery_task_retried_total",
    "celery_task_rejected_total",
    "celery_task_revoked_total",
    "celery_task_runtime_bucket",
    "celery_queue_length",
    "celery_worker_tasks_active",
    "celery_active_worker_count",
    "celery_active_process_count",
}
PROBED = {"queue_depth", "metrics_backend_up"}  # app/observe/collector.py


def _exported() -> set[str]:
    """Every name that a query may use."""
    names = {*gauges.FAMILIES, *PROBED, *CELERY, "up"}
    for family in counted.FAMILIES.values():
        ends = ("_bucket", "_sum", "_count") if family.buckets else ("",)
        names |= {family.name + end for end in ends}
    return names | {rule["record"] for rule in rules() if "record" in rule}


def test_no_dashboard_and_no_rule_asks_for_a_name_that_nobody_exports() -> None:
    exported = _exported()
    asked: list[Query] = [*panel_queries(), *variable_metrics(), *rule_queries()]
    assert len(asked) > 50
    unnamed = [query.of for query in asked if not metrics(query.expr)]
    unknown = {query.of: strange for query in asked if (strange := metrics(query.expr) - exported)}
    assert (unnamed, unknown) == ([], {})


def test_names_are_found_in_queries() -> None:
    """The check itself: what it overlooked could be anything."""
    assert metrics('histogram_quantile(0.95, sum by (le, stage) (rate(a_bucket{stage=~"x|y", b="}"}[$__range])))') == {
        "a_bucket"
    }
    assert metrics("max(a:b:rate5m) > 900 unless on (step) c or absent(up{x='1'}) * 0 < +Inf") == {
        "a:b:rate5m",
        "c",
        "up",
    }


def test_every_metric_is_on_a_dashboard_or_in_a_rule() -> None:
    """A metric that nobody looks at is forgotten until it is missed."""
    shown = {re.sub("_(bucket|sum|count)$", "", name) for query in panel_queries() for name in metrics(query.expr)}
    shown |= {name for query in rule_queries() for name in metrics(query.expr)}
    assert {*counted.FAMILIES, *gauges.FAMILIES, *PROBED} - shown == set()


def test_the_dashboards_are_those_of_the_generator() -> None:
    made = {name: text(dashboard) for name, dashboard in dashboards().items()}
    kept = {path.name: path.read_text() for path in PLACE.iterdir()}
    assert kept == made, "run `make dashboards`"


@pytest.mark.parametrize("name", sorted(dashboards()))
def test_a_dashboard_can_be_read(name: str) -> None:
    """Each panel says what to do and in which unit; none overlaps another; variables that queries use exist."""
    board = json.loads((PLACE / name).read_text())
    panels = [panel for panel in board["panels"] if panel["type"] not in ("row", "text")]
    assert [panel["title"] for panel in panels if len(panel["description"]) < 20] == []
    units = {panel["title"]: _unit(panel) for panel in panels}
    assert {title for title, unit in units.items() if not unit} == set()
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    taken = [square for panel in board["panels"] for square in _squares(panel["gridPos"])]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) == 23
    known = {variable["name"] for variable in board["templating"]["list"]} | {"__rate_interval", "__range"}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps([panel.get("targets", ()) for panel in board["panels"]])))
    assert used - known - {"1"} == set()  # $1 is label_replace's


def test_points_lead_to_a_post() -> None:
    """Exemplars are asked for, their trace_id goes into a variable, and the panel shows the command that takes it."""
    source = (ROOT / "deploy/grafana/provisioning/datasources/prometheus.yml").read_text()
    board = dashboards()["pipeline.json"]
    assert f"url: /d/{board['uid']}?var-trace=$${{__value.raw}}" in source
    assert "trace" in {variable["name"] for variable in board["templating"]["list"]}
    [panel] = [panel for panel in board["panels"] if panel["type"] == "text"]
    assert "media-audit explain --trace ${trace}" in panel["options"]["content"]
    asked = [
        target for board in dashboards().values() for panel in board["panels"] for target in panel.get("targets", ())
    ]
    quantiles = {target["expr"]: target["exemplar"] for target in asked if "histogram_quantile" in target["expr"]}
    assert {expr for expr, exemplar in quantiles.items() if not exemplar and "celery_" not in expr} == set()


def test_every_alert_says_what_to_do() -> None:
    """A severity, a summary for people, and a section of its own among the runbooks that names a command."""
    page = (ROOT / "docs/runbooks.md").read_text()
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL))
    alerts = {rule["alert"]: rule for rule in rules() if "alert" in rule}
    assert set(sections) == set(alerts)
    for name, alert in alerts.items():
        assert alert["labels"]["severity"] in ("critical", "warning"), name
        assert alert["labels"]["service"] == "media-audit", name  # what the dashboards mark
        assert alert["annotations"]["runbook_url"] == f"docs/runbooks.md#{name.lower()}"
        assert alert["annotations"]["summary"], name
        assert alert["for"], name
    for name, section in sections.items():
        parts = re.findall(r"^\*\*(It means|Look|Usually|Remedy)\*\*", section, re.MULTILINE)
        assert parts == ["It means", "Look", "Usually", "Remedy"], name
        assert re.search(r"`(?:media-audit|curl|python) |dashboard", section), name
    assert set(re.findall(r"\(#(\w+)\)", page)) <= {name.lower() for name in alerts}
    tests = (ROOT / "deploy/prometheus/tests/alerts.yml").read_text()
    assert {name for name in alerts if tests.count(f"alertname: {name}\n") < 1 or f"{name}, eval" not in tests} == set()


def test_the_commands_of_runbooks_and_dashboards_exist() -> None:
    """Whoever reads them at night can call them as they stand, options included."""
    page = (ROOT / "docs/runbooks.md").read_text() + "".join(path.read_text() for path in PLACE.iterdir())
    calls = {call.strip() for call in re.findall(r"media-audit ((?:(?:--)?[a-z][a-z-]*[ `]?)+)", page)}
    assert len(calls) > 15
    assert {call for call in calls if not _callable(call.replace("`", " ").split())} == set()


def _callable(words: list[str]) -> bool:
    """Whether these are commands, one in another, and options of the last; then comes what a person fills in."""
    command: click.Command = cli
    while isinstance(command, click.Group) and words and command.get_command(click.Context(command), words[0]):
        found = command.get_command(click.Context(command), words.pop(0))
        assert found
        command = found
    options = {name for parameter in command.params for name in parameter.opts}
    return command is not cli and {word for word in words if word.startswith("--")} <= options


def _squares(place: dict[str, int]) -> list[tuple[int, int]]:
    columns, rows = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
    return [(x, y) for x in columns for y in rows]


def _unit(panel: dict[str, Any]) -> str | None:
    found: str | None = panel["fieldConfig"]["defaults"].get("unit") or panel["options"].get("yAxis", {}).get("unit")
    return found

"""What the files of deploy/ ask Prometheus: queries of panels, expressions of rules, the metrics that they name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import yaml

from tests.pages import ROOT

DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
RULES = sorted((ROOT / "deploy/prometheus/rules").glob("*.yml"))

# What is no metric in a query: texts, label matchers, lists of labels, ranges; then words of the language, functions.
ASIDE = re.compile(r'"[^"]*"|\{[^}]*\}|\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)|\[[^\]]*\]')
WORD = re.compile(r"(?<![\w:.])[a-zA-Z_:][\w:]*(?!\s*\(|[\w:])")
LANGUAGE = {"by", "without", "on", "ignoring", "and", "or", "unless", "offset", "bool", "Inf", "inf", "NaN"}


class Query(NamedTuple):
    """One question. of: the file and the panel or rule, for whoever must mend it."""

    of: str
    expr: str
    instant: bool = False


def panel_queries() -> Iterator[Query]:
    """Of every panel of every dashboard."""
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", ()):
                yield Query(f"{path.name}: {panel['title']} {target['refId']}", target["expr"], target["instant"])


def variable_metrics() -> Iterator[Query]:
    """What the choices at the top of a dashboard are read from."""
    for path in DASHBOARDS:
        for variable in json.loads(path.read_text())["templating"]["list"]:
            if found := re.fullmatch(r"label_values\((\w+), (\w+)\)", variable.get("definition", "")):
                metric, label = found.groups()
                yield Query(f"{path.name}: ${variable['name']}", f'{metric}{{{label}!=""}}', True)


def rules() -> list[dict[str, Any]]:
    """All of them, alerts and recordings."""
    return [rule for path in RULES for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def rule_queries() -> Iterator[Query]:
    """Their expressions as they stand."""
    for rule in rules():
        yield Query(rule.get("alert") or rule["record"], rule["expr"], True)


def metrics(expr: str) -> set[str]:
    """The metrics that a query names."""
    bare = ASIDE.sub(" ", expr)
    while (shorter := ASIDE.sub(" ", bare)) != bare:
        bare = shorter
    return {word for word in WORD.findall(bare) if word not in LANGUAGE}

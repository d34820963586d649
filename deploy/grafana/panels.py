"""Panels in the form that Grafana reads (schema 39, Grafana 11), all in one style; a panel is a plain dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24  # columns of Grafana's grid

# Units as Grafana names them.
SECONDS, BYTES, BYTES_A_SECOND, COUNT, SHARE = "s", "bytes", "Bps", "short", "percentunit"
A_MINUTE = "suffix: /min"  # most stages do less than one a second, and 0.03/s tells nobody anything
TOKENS_A_MINUTE = "suffix: tokens/min"

Limits = tuple[float | None, float]  # from where on it is yellow (None: never), and red
BAD_FROM_ONE: Limits = (None, 1)


def query(
    expr: str, legend: str = "", *, exemplars: bool = False, instant: bool = False, buckets: bool = False
) -> Json:
    """What a panel asks. exemplars: the points of single works that lead to a post; buckets: a heatmap's columns."""
    return {
        "datasource": SOURCE,
        "editorMode": "code",
        "expr": expr,
        "legendFormat": legend or "__auto",
        "exemplar": exemplars,
        "instant": instant,
        "range": not instant,
        "format": "heatmap" if buckets else "time_series",
    }


def panel(kind: str, title: str, about: str, queries: Sequence[Json], size: tuple[int, int]) -> Json:
    """What all have. about: what it shows and what to do when it looks wrong; size: columns and rows of the grid."""
    named = [{**one, "refId": chr(ord("A") + n)} for n, one in enumerate(queries)]
    return {
        "type": kind,
        "title": title,
        "description": about,
        "datasource": SOURCE,
        "targets": named,
        "gridPos": {"w": size[0], "h": size[1]},
    }


def steps(limits: Limits | None) -> Json:
    """Green below the limits; the numbers are those of the alerts, so that red means that somebody is told."""
    found: list[Json] = [{"color": "green", "value": None}]
    for colour, value in zip(("yellow", "red"), limits or (), strict=False):
        found += [] if value is None else [{"color": colour, "value": value}]
    return {"mode": "absolute", "steps": found}


def number(
    title: str,
    about: str,
    queries: Sequence[Json],
    unit: str,
    limits: Limits | None = None,
    size: tuple[int, int] = (4, 4),
) -> Json:
    """One figure, coloured by its limits."""
    return {
        **panel("stat", title, about, queries, size),
        "fieldConfig": {
            "defaults": {"unit": unit, "decimals": 0, "min": 0, "thresholds": steps(limits), "noValue": "no data"},
            "overrides": [],
        },
        "options": {
            "colorMode": "value",
            "graphMode": "area",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "textMode": "auto",
        },
    }


def lights(title: str, about: str, queries: Sequence[Json], size: tuple[int, int]) -> Json:
    """A green or red field for each series that is 1 or 0."""
    words = {"0": {"text": "down", "color": "red", "index": 0}, "1": {"text": "up", "color": "green", "index": 1}}
    found = number(title, about, queries, COUNT, None, size)
    found["fieldConfig"]["defaults"] |= {"mappings": [{"type": "value", "options": words}]}
    found["options"] |= {"colorMode": "background", "graphMode": "none", "textMode": "value_and_name"}
    return found


def gauges(title: str, about: str, queries: Sequence[Json], limits: Limits, size: tuple[int, int]) -> Json:
    """Bars from nothing to all of something."""
    found = number(title, about, queries, SHARE, limits, size)
    found["fieldConfig"]["defaults"] |= {"max": 1}
    shape = {"displayMode": "basic", "orientation": "horizontal", "showUnfilled": True, "valueMode": "color"}
    return found | {
        "type": "bargauge",
        "options": {**shape, "reduceOptions": found["options"]["reduceOptions"]},
    }


def lines(
    title: str,
    about: str,
    queries: Sequence[Json],
    unit: str,
    limits: Limits | None = None,
    size: tuple[int, int] = (12, 8),
    *,
    stacked: bool = False,
) -> Json:
    """Series over time; limits are drawn as dashed lines. stacked: where the sum is a thing of its own."""
    custom = {
        "drawStyle": "line",
        "lineWidth": 1,
        "fillOpacity": 25 if stacked else 8,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "dashed" if limits else "off"},
    }
    return {
        **panel("timeseries", title, about, queries, size),
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "min": 0,
                "color": {"mode": "palette-classic-by-name"},  # a stage has one colour in every panel
                "thresholds": steps(limits),
                "custom": custom,
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"], "sortBy": "Max"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
    }


def heat(title: str, about: str, queries: Sequence[Json], unit: str, size: tuple[int, int] = (12, 8)) -> Json:
    """How many fell into each bucket of a histogram, over time."""
    return {
        **panel("heatmap", title, about, queries, size),
        "options": {
            "calculate": False,
            "cellGap": 1,
            "color": {"mode": "scheme", "scheme": "Blues", "steps": 32, "fill": "blue"},
            "yAxis": {"unit": unit, "axisPlacement": "left"},
            "tooltip": {"mode": "single", "yHistogram": False},
            "legend": {"show": True},
        },
        "fieldConfig": {"defaults": {}, "overrides": []},
    }


def words(title: str, markdown: str, size: tuple[int, int]) -> Json:
    """Text; asks nothing."""
    return {
        "type": "text",
        "title": title,
        "gridPos": {"w": size[0], "h": size[1]},
        "options": {"mode": "markdown", "content": markdown},
    }

"""A dashboard out of rows of panels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from deploy.grafana.panels import SOURCE, WIDTH, Json

OTHERS = {
    "media-audit-pipeline": "Pipeline",
    "media-audit-vision": "Vision and cost",
    "media-audit-workers": "Workers",
    "media-audit-page": "Page",
}

DATASOURCE: Json = {
    "name": "datasource",
    "label": "Prometheus",
    "type": "datasource",
    "query": "prometheus",
    "refresh": 1,
    "hide": 0,
}


def choice(name: str, label: str, metric: str) -> Json:
    """A variable: some or all of the values that a label has in that metric."""
    asked = f"label_values({metric}, {name})"
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": SOURCE,
        "definition": asked,
        "query": {"query": asked, "refId": "variable"},
        "refresh": 2,  # when the range of time changes: new values come with new work
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "current": {"text": ["All"], "value": ["$__all"]},
    }


def typed(name: str, label: str, about: str) -> Json:
    """A variable that a link or a person fills in."""
    return {"name": name, "label": label, "type": "textbox", "query": "ID", "description": about}


def dashboard(uid: str, about: str, rows: Mapping[str, Sequence[Json]], variables: Sequence[Json] = ()) -> Json:
    """rows: title -> panels, laid out from left to right, in further lines where they do not fit."""
    return {
        "uid": uid,
        "title": f"Media Audit: {OTHERS[uid]}",
        "description": about,
        "tags": ["media-audit"],
        "schemaVersion": 39,
        "editable": False,  # changes here would be gone with the next start: they belong into the generator
        "graphTooltip": 1,  # one cross-hair through all panels
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "templating": {"list": [DATASOURCE, *variables]},
        "links": [
            {"type": "link", "title": title, "url": f"/d/{other}", "keepTime": True, "icon": "dashboard"}
            for other, title in OTHERS.items()
            if other != uid
        ],
        "annotations": {"list": [_alerts()]},
        "panels": _laid_out(rows),
    }


def _alerts() -> Json:
    """Marks in all panels where an alert fired."""
    return {
        "name": "alerts",
        "datasource": SOURCE,
        "enable": True,
        "expr": 'ALERTS{alertstate="firing", service="media-audit"}',
        "iconColor": "red",
        "titleFormat": "{{alertname}}",
        "step": "60s",
    }


def _laid_out(rows: Mapping[str, Sequence[Json]]) -> list[Json]:
    found: list[Json] = []
    top = 0
    for title, panels in rows.items():
        found.append({"type": "row", "title": title, "collapsed": False, "gridPos": _place(0, top, WIDTH, 1)})
        left, top, height = 0, top + 1, 0
        for panel in panels:
            size = panel["gridPos"]
            if left + size["w"] > WIDTH:
                left, top, height = 0, top + height, 0
            found.append({**panel, "gridPos": _place(left, top, size["w"], size["h"])})
            left, height = left + size["w"], max(height, size["h"])
        top += height
    return [{"id": number, **panel} for number, panel in enumerate(found, start=1)]


def _place(x: int, y: int, w: int, h: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": w, "h": h}

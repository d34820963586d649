"""The demo's look at its own metrics process: both formats, and whether they say what the report says."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from urllib.error import URLError
from urllib.request import Request, urlopen

from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.samples import Sample

from app.demo.checks import Check

# name -> what a scraper asks for, and how its answer is read.
FORMATS: Mapping[str, tuple[str, Callable[[str], list[Sample]]]] = {
    "text": (
        "text/plain; version=0.0.4",
        lambda text: [sample for found in parser.text_string_to_metric_families(text) for sample in found.samples],
    ),
    "OpenMetrics": (
        "application/openmetrics-text; version=1.0.0",
        lambda text: [sample for found in openmetrics.text_string_to_metric_families(text) for sample in found.samples],
    ),
}
# figure of the report -> the series whose sum it is; docs/metrics.md says why.
EQUAL: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "posts": ("media_processing_total", {"stage": "parse"}),
    "media_files": ("media_size_bytes_count", {}),
    "media_bytes": ("media_bytes_total", {}),
    "analyzed": ("vision_analysis_duration_seconds_count", {}),
    "tagged": ("media_processing_total", {"stage": "tag", "outcome": "ok"}),
    "retagged": ("retagging_processed_total", {"outcome": "ok"}),
    "indexed": ("media_processing_total", {"stage": "index", "outcome": "ok"}),
    "albums": ("album_assembly_lag_seconds_count", {}),
}
PATIENCE = 10.0  # seconds: a process counts just after the commit that a report already sees
ANSWER = 10.0  # seconds that one scrape may take


def scrape(url: str, format: str) -> list[Sample]:
    """All series as this format has them. OSError or ValueError when there is no answer, or none of this format."""
    accept, read = FORMATS[format]
    with urlopen(Request(url, headers={"Accept": accept}), timeout=ANSWER) as answer:
        kind = answer.headers["Content-Type"]
        if accept.partition(";")[0] not in kind:
            raise ValueError(f"{kind} instead of {accept}")
        return read(answer.read().decode())


def total(samples: list[Sample], name: str, labels: Mapping[str, str]) -> int:
    """The sum over all series of that name with these labels."""
    chosen = (one for one in samples if one.name == name and labels.items() <= one.labels.items())
    return round(sum(one.value for one in chosen))


def check_metrics(url: str | None, totals: Mapping[str, int]) -> Check:
    """Whether /metrics says in both formats what the report says. url: None where no metrics process runs."""
    name = "metrics say what the report says"
    if url is None:
        return Check(name, True, "switched off (METRICS=off)")
    deadline = time.monotonic() + PATIENCE
    while wrong := _differences(url, totals):
        if time.monotonic() > deadline:
            return Check(name, False, "; ".join(wrong[:3]))
        time.sleep(0.2)
    return Check(name, True, f"{len(EQUAL)} figures in both formats, at {url}")


def _differences(url: str, totals: Mapping[str, int]) -> list[str]:
    found = []
    for format in FORMATS:
        try:
            samples = scrape(url, format)
        except (URLError, OSError, ValueError) as error:
            found.append(f"{format}: {error}")
            continue
        for figure, (series, labels) in EQUAL.items():
            count = total(samples, series, labels)
            if count != totals[figure]:
                found.append(f"{format}: {count:,} {figure} by {series}, {totals[figure]:,} in the report")
    return found

"""Compares metrics with the figures of the report, over the life of a home whose database and metrics began together.

Processes count after a commit, so a process that is killed in between leaves its count out. A metric may then be below
its figure. It is above it only after a requested repetition (a file fetched again), which is work for the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client.metrics_core import Metric

from app.domain.steps import Stage

Totals = Mapping[str, int]  # Report.totals


@dataclass(frozen=True)
class Agreement:
    """A sum of samples, and the figure that it equals. labels: those that select the samples."""

    figure: str
    sample: str
    labels: Mapping[str, str]
    of: Callable[[Totals], int]


def _total(figure: str) -> Callable[[Totals], int]:
    return lambda totals: totals[figure]


def _steps(stage: Stage, figure: str, of: Callable[[Totals], int] | None = None) -> Agreement:
    return Agreement(figure, "media_processing_total", {"stage": stage, "outcome": "ok"}, of or _total(figure))


AGREEMENTS = (
    _steps("parse", "posts less unparsed", lambda totals: totals["posts"] - totals["unparsed"]),
    _steps("download", "downloads"),
    _steps("vision", "analyzed"),
    _steps("tag", "tagged"),
    _steps("retag", "retagged"),
    _steps("index", "indexed"),
    Agreement("media_bytes", "media_bytes_total", {}, _total("media_bytes")),
    Agreement("media_bytes", "media_size_bytes_sum", {}, _total("media_bytes")),
    Agreement("media_files", "media_size_bytes_count", {}, _total("media_files")),
    Agreement("retagged", "retagging_processed_total", {"outcome": "ok"}, _total("retagged")),
    Agreement("retagged", "retagging_duration_seconds_count", {}, _total("retagged")),
    Agreement(
        "tag_changes less tagged and retagged",
        "retagging_skipped_total",
        {"reason": "same_input"},
        lambda totals: totals["tag_changes"] - totals["tagged"] - totals["retagged"],
    ),
    Agreement("albums", "album_assembly_lag_seconds_count", {}, _total("albums")),
)


def total(found: Iterable[Metric], sample: str, labels: Mapping[str, str]) -> float:
    """The sum over the series of a sample that have these labels."""
    return sum(
        one.value
        for metric in found
        for one in metric.samples
        if one.name == sample and labels.items() <= one.labels.items()
    )


def disagreements(found: Iterable[Metric], totals: Totals) -> list[str]:
    """One sentence for each difference. found: from `merged`, or parsed from the page of the metrics process."""
    metrics = list(found)
    wrong = []
    for one in AGREEMENTS:
        counted, figure = total(metrics, one.sample, one.labels), one.of(totals)
        if counted != figure:
            labels = ",".join(f'{name}="{value}"' for name, value in one.labels.items())
            wrong.append(f"{one.sample}{{{labels}}} is {counted:g}, {one.figure} is {figure}")
    return wrong

"""Which metric equals which figure of the report, over the life of a home: database and metrics begun together.

Counted is after a commit, so what a process had not counted yet when it was killed is missing: a metric may then lie
below its figure, never above it, but where an asked-for repetition (a file fetched anew) is work for the same row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client.metrics_core import Metric

from app.domain.steps import Stage

Totals = Mapping[str, int]  # Report.totals


@dataclass(frozen=True)
class Agreement:
    """The sum of some samples, and the figure that it equals. labels: that those samples have."""

    figure: str
    sample: str
    labels: Mapping[str, str]
    of: Callable[[Totals], int]


def _total(figure: str) -> Callable[[Totals], int]:
    return lambda totals: totals[figure]


def _passages(stage: Stage, figure: str, of: Callable[[Totals], int] | None = None) -> Agreement:
    return Agreement(figure, "media_processing_total", {"stage": stage, "outcome": "ok"}, of or _total(figure))


AGREEMENTS = (
    _passages("parse", "posts less unparsed", lambda totals: totals["posts"] - totals["unparsed"]),
    _passages("download", "downloads"),
    _passages("vision", "analyzed"),
    _passages("tag", "tagged"),
    _passages("retag", "retagged"),
    _passages("index", "indexed"),
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
    """The sum over all series of a sample that have these labels."""
    return sum(
        one.value
        for metric in found
        for one in metric.samples
        if one.name == sample and labels.items() <= one.labels.items()
    )


def disagreements(found: Iterable[Metric], totals: Totals) -> list[str]:
    """What differs, a sentence each. found: as `merged` gives it, or parsed from what the metrics process serves."""
    metrics = list(found)
    wrong = []
    for one in AGREEMENTS:
        counted, figure = total(metrics, one.sample, one.labels), one.of(totals)
        if counted != figure:
            labels = ",".join(f'{name}="{value}"' for name, value in one.labels.items())
            wrong.append(f"{one.sample}{{{labels}}} is {counted:g}, {one.figure} is {figure}")
    return wrong

"""The value files of all processes of a home: attaches this process to a file of its own, merges all into metrics."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import product
from pathlib import Path

from prometheus_client.metrics_core import Metric
from prometheus_client.utils import floatToGoString

from app import metrics
from app.metrics import FAMILIES, Family
from app.observe import archive, exemplars
from app.observe.writer import Writer
from app.settings import Settings

DIRECTORY = "metrics"  # under the home
MANY = 16  # value files; with more, a starting process folds those of ended processes
FEW = 12  # a counter with at most so many series shows them all from the beginning

Series = dict[tuple[str, ...], dict[str, float]]  # label values -> bucket or sample -> value
Place = tuple[str, tuple[str, ...], str]  # family, label values, bucket or sample


def directory(settings: Settings) -> Path:
    """The directory of a home's value files."""
    return settings.home / DIRECTORY


_attached: list[Writer] = []


def attach(settings: Settings) -> None:
    """Makes this process record into a file of its own, which the first record creates. Does nothing with METRICS=off.

    A forked child is not attached and has to attach itself. Never raises: work goes on without metrics.
    """
    if _attached or not settings.metrics:
        return
    place = directory(settings)
    writer = Writer(place)
    _attached.append(writer)
    metrics.into(writer)
    exemplars.into(settings.redis_url.get_secret_value() if settings.redis_url else None)
    with suppress(OSError):
        if len(archive.value_files(place)) > MANY:
            archive.fold(place)


def detach() -> None:
    """Stops recording; earlier records stay."""
    metrics.into(None)
    while _attached:
        _attached.pop().close()


def _forked() -> None:
    """Detaches a forked child: two processes in one file would overwrite each other's additions."""
    detach()
    exemplars.forked()


os.register_at_fork(after_in_child=_forked)


def merged(place: Path) -> list[Metric]:
    """Every family with the counts of all processes since the home was made, families without samples included.

    OSError if the directory cannot be read.
    """
    series: dict[str, Series] = {name: defaultdict(dict) for name in FAMILIES}
    for key, value in archive.totals(place).items():
        if (found := _place(key)) is not None:
            series[found[0]][found[1]][found[2]] = value
    return [_metric(family, series[name]) for name, family in FAMILIES.items()]


@lru_cache(maxsize=16_384)
def _place(key: str) -> Place | None:
    """The place of a value; None if no family has such labels today, because an archive outlives versions."""
    try:
        name, sample, labels, _ = json.loads(key)
        family = FAMILIES.get(name)
        if family is None or labels.keys() - {"le"} != family.labels.keys():
            return None
        return name, tuple(labels[label] for label in family.labels), labels.get("le", sample)
    except (ValueError, AttributeError, TypeError):
        return None


def _metric(family: Family, series: Series) -> Metric:
    # Without _total: the exposition formats append it to the name of a counter.
    metric = Metric(family.name.removesuffix("_total"), family.help, family.type)
    for values, found in sorted({**_zeros(family, series), **series}.items()):
        _add_samples(metric, family, dict(zip(family.labels, values, strict=True)), found)
    return metric


def _zeros(family: Family, series: Iterable[tuple[str, ...]]) -> Series:
    """Series at zero that queries may ask for before they exist: all of a small counter, and both outcomes of a series.

    A rate needs a zero to begin at: without it the first failure is no increase.
    """
    if family.most_series() <= FEW and not (family.buckets and family.labels):
        return {values: {} for values in product(*family.labels.values())}
    if family.buckets or "outcome" not in family.labels:
        return {}
    return {(*values[:-1], outcome): {} for values in series for outcome in metrics.OUTCOMES}


def _add_samples(metric: Metric, family: Family, labels: dict[str, str], found: Mapping[str, float]) -> None:
    if not family.buckets:
        metric.add_sample(family.name, labels, found.get(family.name, 0.0))
        return
    # With the buckets of earlier versions: their counts stay true.
    bounds = {*family.bounds, *(float(le) for le in found if not le.startswith(family.name))}
    total = 0.0
    for bound in sorted(bounds):
        le = floatToGoString(bound)
        total += found.get(le, 0.0)
        metric.add_sample(f"{family.name}_bucket", {**labels, "le": le}, total)
    metric.add_sample(f"{family.name}_count", labels, total)
    metric.add_sample(f"{family.name}_sum", labels, found.get(f"{family.name}_sum", 0.0))

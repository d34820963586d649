"""The value files of all processes of a home: attaching this process to them, and merging them into metrics."""

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
MANY = 16  # files of ended processes that may wait for a merge, before a starting process folds them
FEW = 8  # series of a counter that are all shown from the beginning

Series = dict[tuple[str, ...], dict[str, float]]  # label values -> bucket or sample -> value
Place = tuple[str, tuple[str, ...], str]  # family, label values, bucket or sample


def directory(settings: Settings) -> Path:
    """Where the value files of a home lie."""
    return settings.home / DIRECTORY


_attached: list[Writer] = []


def attach(settings: Settings) -> None:
    """From now on this process records into a file of its own, made when there is something to record.

    A child that it forks is not attached, and attaches itself. Never raises: work goes on without metrics. Nothing with
    METRICS=off.
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
    """Records nothing any more; what was recorded stays."""
    metrics.into(None)
    while _attached:
        _attached.pop().close()


def _forked() -> None:
    """Both processes would write into one file, and add to what they read before the other one did."""
    detach()
    exemplars.forked()


os.register_at_fork(after_in_child=_forked)


def merged(place: Path) -> list[Metric]:
    """Every family, with what all processes have counted since the home was made; one without samples is there, too.
    OSError when the directory cannot be read."""
    series: dict[str, Series] = {name: defaultdict(dict) for name in FAMILIES}
    for key, value in archive.totals(place).items():
        if (found := _place(key)) is not None:
            series[found[0]][found[1]][found[2]] = value
    return [_metric(family, series[name]) for name, family in FAMILIES.items()]


@lru_cache(maxsize=16_384)
def _place(key: str) -> Place | None:
    """Where a value belongs; None when no family has such labels today: an archive outlives versions."""
    try:
        name, sample, labels, _ = json.loads(key)
        family = FAMILIES.get(name)
        if family is None or labels.keys() - {"le"} != family.labels.keys():
            return None
        return name, tuple(labels[label] for label in family.labels), labels.get("le", sample)
    except (ValueError, AttributeError, TypeError):
        return None


def _metric(family: Family, series: Series) -> Metric:
    # As the formats want it: they put _total behind the name of a counter.
    metric = Metric(family.name.removesuffix("_total"), family.help, family.type)
    for values, found in sorted({**_zeros(family, series), **series}.items()):
        _add_samples(metric, family, dict(zip(family.labels, values, strict=True)), found)
    return metric


def _zeros(family: Family, series: Iterable[tuple[str, ...]]) -> Series:
    """Series that are not there yet, but may be asked for: a rate begins at a zero, and without one the first failure
    is no increase. All of a small counter, and both outcomes of whatever has had one."""
    if family.most_series() <= FEW and not (family.buckets and family.labels):
        return {values: {} for values in product(*family.labels.values())}
    if family.buckets or "outcome" not in family.labels:
        return {}
    return {(*values[:-1], outcome): {} for values in series for outcome in metrics.OUTCOMES}


def _add_samples(metric: Metric, family: Family, labels: dict[str, str], found: Mapping[str, float]) -> None:
    if not family.buckets:
        metric.add_sample(family.name, labels, found.get(family.name, 0.0))
        return
    # Buckets of an earlier version, too: their counts stay true.
    bounds = {*family.bounds, *(float(le) for le in found if not le.startswith(family.name))}
    total = 0.0
    for bound in sorted(bounds):
        le = floatToGoString(bound)
        total += found.get(le, 0.0)
        metric.add_sample(f"{family.name}_bucket", {**labels, "le": le}, total)
    metric.add_sample(f"{family.name}_count", labels, total)
    metric.add_sample(f"{family.name}_sum", labels, found.get(f"{family.name}_sum", 0.0))

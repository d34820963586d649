"""The value files of all processes of a home: attaching to them, merging them, keeping what ended processes counted.

Files of ended processes are added up in one archive, so that months of replaced pool children leave a bounded number
of files, and no counter goes back by it. A crash in the middle loses and doubles nothing: the new archive, which names
the files that are in it, replaces the old one in one step, and only then the files go. One that is still there is
known by its name, and not added again.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import structlog
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.utils import floatToGoString

from app import metrics
from app.metrics import FAMILIES, Family
from app.observe import exemplars
from app.observe.writer import FRESH, SUFFIX, Writer
from app.settings import Settings

log = structlog.get_logger()

DIRECTORY = "metrics"  # under the home
ARCHIVE = "archive.json"
LOCK = "lock"  # held by whoever merges or folds: he sees each count either in its file or in the archive
MANY = 16  # files of ended processes that may wait for a merge, before a starting process folds them
FEW = 8  # series of a counter that are all shown from the beginning
ABANDONED = 3600.0  # seconds after which a file that never got its name is nobody's

Values = dict[str, float]


@dataclass
class Archive:
    """What ended processes have counted. folded: names of files that are in it and may still be there."""

    values: Values = field(default_factory=dict)
    folded: list[str] = field(default_factory=list)


def directory(settings: Settings) -> Path:
    """Where the value files of a home lie."""
    return settings.media_audit_home.expanduser().absolute() / DIRECTORY


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
        if len(list(place.glob(f"*{SUFFIX}"))) > MANY:
            fold(place)


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


def fold(place: Path) -> None:
    """Adds the files of ended processes to the archive, and removes them. OSError where the disk is full."""
    with _locked(place):
        _fold(place)


def merged(place: Path) -> list[Metric]:
    """Every family, with what all processes have counted since the home was made. A family without samples is there,
    too. OSError when the directory cannot be read."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(place):
        try:
            archive = _fold(place)
        except OSError as error:  # a full disk: they are read as they are
            log.warning("files of ended processes stay for now", error=str(error))
            archive = _read_archive(place)
        totals: Values = defaultdict(float, archive.values)
        for path in _files(place):
            if path.name not in archive.folded:
                _add(totals, _read(path))
    return [_metric(family, totals) for family in FAMILIES.values()]


def _fold(place: Path) -> Archive:
    archive = _read_archive(place)
    dead = [path for path in _files(place) if _has_ended(path)]
    _sweep_unnamed(place)
    if not dead and not archive.folded:
        return archive
    values: Values = defaultdict(float, archive.values)
    for path in dead:
        if path.name not in archive.folded:
            _add(values, _read(path))
    archive = Archive(values, [path.name for path in dead])
    _write_archive(place, archive)
    for path in dead:
        path.unlink(missing_ok=True)
    return archive


def _files(place: Path) -> list[Path]:
    return sorted(place.glob(f"*{SUFFIX}"))


def _has_ended(path: Path) -> bool:
    """Whether nobody holds the file any more."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> Iterator[tuple[str, float]]:
    """The values of a file; what cannot be read is left out, and said."""
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            yield key, value
    except (OSError, RuntimeError, ValueError, ArithmeticError, LookupError) as error:
        log.warning("a file of metrics cannot be read", file=path.name, error=str(error))
    except Exception as error:  # struct.error, and whatever else half a file makes of it
        log.warning("a file of metrics is damaged", file=path.name, error=type(error).__name__)


def _add(totals: Values, values: Iterable[tuple[str, float]]) -> None:
    for key, value in values:
        totals[key] = totals.get(key, 0.0) + value


def _read_archive(place: Path) -> Archive:
    try:
        content = json.loads((place / ARCHIVE).read_text())
        return Archive(content["values"], content["folded"])
    except FileNotFoundError:
        return Archive()
    except (ValueError, LookupError, TypeError):
        # Never half written by us: it is set aside, so that what comes now is counted.
        log.warning("the archive of metrics is damaged and was set aside", file=ARCHIVE)
        (place / ARCHIVE).rename(place / f"{ARCHIVE}.damaged")
        return Archive()


def _write_archive(place: Path, archive: Archive) -> None:
    fresh = place / f"{ARCHIVE}{FRESH}"
    with fresh.open("w") as file:
        json.dump({"folded": archive.folded, "values": archive.values}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(place / ARCHIVE)
    descriptor = os.open(place, os.O_RDONLY)
    try:
        os.fsync(descriptor)  # after a power cut the files must not be gone while the old archive is back
    finally:
        os.close(descriptor)


def _sweep_unnamed(place: Path) -> None:
    for path in place.glob(f"*{FRESH}"):
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED:
                path.unlink()


@contextmanager
def _locked(place: Path) -> Iterator[None]:
    with (place / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # ends with its holder, however that ends
        yield


def _is_known(key: str) -> bool:
    """Whether the value is of a family, and of labels, that there are today: an archive outlives versions."""
    try:
        name, _, labels, _ = json.loads(key)
    except ValueError:
        return False
    return name in FAMILIES and labels.keys() - {"le"} == FAMILIES[name].labels.keys()


def _metric(family: Family, totals: Mapping[str, float]) -> Metric:
    # As the formats want it: they put _total behind the name of a counter.
    metric = Metric(family.name.removesuffix("_total"), family.help, family.type)
    series: dict[tuple[str, ...], dict[str, float]] = defaultdict(dict)
    for key, value in totals.items():
        if key.startswith(f'["{family.name}", ') and _is_known(key):
            _, name, labels, _ = json.loads(key)
            series[tuple(labels[label] for label in family.labels)][labels.get("le", name)] = value
    for values, found in sorted({**_zeros(family, series), **series}.items()):
        _add_samples(metric, family, dict(zip(family.labels, values, strict=True)), found)
    return metric


def _zeros(family: Family, series: Iterable[tuple[str, ...]]) -> dict[tuple[str, ...], dict[str, float]]:
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

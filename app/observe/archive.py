"""The archive: adds up the counts of ended processes in one file, so that replaced pool children leave few files.

A crash in the middle neither loses nor doubles a count: the new archive, which names the files in it, replaces the old
one in one step, and only then are those files deleted. A file that is left is known by its name and not added again.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from prometheus_client.mmap_dict import MmapedDict

from app.observe.writer import FRESH, SUFFIX

log = structlog.get_logger()

ARCHIVE = "archive.json"
LOCK = "lock"  # held during a merge or fold, which so finds each count either in its file or in the archive
ABANDONED = 3600.0  # seconds after which a file that never got its final name is deleted

Values = dict[str, float]  # by the keys of value files


@dataclass
class Archive:
    """The counts of ended processes. folded: names of files that are in it and may still exist."""

    values: Values = field(default_factory=dict)
    folded: list[str] = field(default_factory=list)


def fold(place: Path) -> None:
    """Adds the files of ended processes to the archive and deletes them. OSError if the disk is full."""
    with _locked(place):
        _fold(place)


def totals(place: Path) -> Values:
    """The counts of all processes, running and ended, since the directory was made. OSError if it cannot be read."""
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(place):
        try:
            archive = _fold(place)
        except OSError as error:  # a full disk: read the files without folding them
            log.warning("files of ended processes stay for now", error=str(error))
            archive = _read_archive(place)
        values: Values = defaultdict(float, archive.values)
        for path in value_files(place):
            if path.name not in archive.folded:
                _add(values, _read(path))
    return values


def value_files(place: Path) -> list[Path]:
    """The files of all processes, running and ended."""
    return sorted(place.glob(f"*{SUFFIX}"))


def _fold(place: Path) -> Archive:
    archive = _read_archive(place)
    dead = [path for path in value_files(place) if _has_ended(path)]
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


def _has_ended(path: Path) -> bool:
    """Whether no process holds the file's lock any more."""
    try:
        with path.open("r+b") as file:  # NFS locks only a writable file
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> Iterator[tuple[str, float]]:
    """The values of a file; leaves out the rest of a damaged file, with a warning in the log."""
    try:
        for key, value, _, _ in MmapedDict.read_all_values_from_file(str(path)):
            yield key, value
    except (OSError, RuntimeError, ValueError, ArithmeticError, LookupError) as error:
        log.warning("a file of metrics cannot be read", file=path.name, error=str(error))
    except Exception as error:  # struct.error, and any other error of half a file
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
        # We never write half an archive. Set aside, so that new counts are kept.
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
        os.fsync(descriptor)  # else a power cut could restore the old archive after the files were deleted
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
        fcntl.flock(file, fcntl.LOCK_EX)  # the kernel releases it when the process ends in any way
        yield

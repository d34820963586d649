"""The rank of vision versions: the order behind "newer", "higher" and > between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")

Rank = tuple[int, int]
NO_VERSION: Rank = (-1, 0)


def rank(version: int | None, chain: Sequence[int]) -> Rank:
    """A sortable rank: members of the active chain by position, the primary highest, then all others by id.

    A fallback that is registered later has a higher id but stays below the primary.
    """
    if version is None:
        return NO_VERSION
    if version in chain:
        return (1, len(chain) - chain.index(version))
    return (0, version)


def behind(version: int, chain: Sequence[int]) -> int | None:
    """The next member of the chain; None after the last one, and for versions outside the chain."""
    later = chain[chain.index(version) + 1 :] if version in chain else ()
    return next(iter(later), None)


def best(readings: Mapping[int, T], chain: Sequence[int]) -> tuple[int, T]:
    """The highest-ranked of one file's readings (keys: version ids; not empty)."""
    version = max(readings, key=lambda v: rank(v, chain))
    return version, readings[version]


def publication_version(versions: Iterable[int], chain: Sequence[int]) -> int | None:
    """The lowest-ranked version among the readings in use; None without readings."""
    return min(versions, key=lambda v: rank(v, chain), default=None)

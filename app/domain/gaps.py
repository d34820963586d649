"""Compares the stored posts of a channel with the messages that Telegram has."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Gap:
    """A message id for which Telegram and the stored posts differ."""

    id: int
    what: str


def compare(ids: Iterable[int], theirs: Collection[int], ours: Mapping[int, bool]) -> Iterator[Gap]:
    """The differences, by id. theirs: ids that Telegram has; ours: stored ids -> whether the post is not deleted."""
    for id_ in ids:
        if id_ in theirs and id_ not in ours:
            yield Gap(id_, "Telegram has it, and it is not kept")
        elif id_ in theirs and not ours[id_]:
            yield Gap(id_, "Telegram has it, and it is marked as deleted")
        elif id_ not in theirs and ours.get(id_):
            yield Gap(id_, "Telegram has it no longer, and it is not marked as deleted")

"""Replays the lineage of a publication: the tags that its rows add up to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.kinds import Trigger


@dataclass(frozen=True)
class Passed:
    """One passage through the gate."""

    trigger: str
    added: Sequence[str]
    removed: Sequence[str]


def replay(passages: Iterable[Passed]) -> set[str]:
    """The tags after all passages, which come oldest first. An initial passage starts from no tags."""
    tags: set[str] = set()
    for passage in passages:
        before = set() if passage.trigger == Trigger.INITIAL else tags
        tags = (before - set(passage.removed)) | set(passage.added)
    return tags

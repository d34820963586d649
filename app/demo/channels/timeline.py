"""The order of a channel: forwards filled in, albums moved across page borders, ids given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate

from app.demo.channels.script import Draft, Script

PAGE = 100  # messages; the most that Telegram gives in one answer
CLEAR = 3  # how far from a border an album must reach, so that a few deleted ids do not move the border past it


@dataclass(frozen=True)
class Placed:
    """A draft with the ids of its items."""

    draft: Draft
    ids: tuple[int, ...]


def filled(draft: Draft, scripts: Mapping[str, Script]) -> Draft:
    """A forward of a post takes over its words and files; every other draft is unchanged."""
    if draft.forward is None or draft.forward.startswith("~"):
        return draft
    key, name = draft.forward.split("/")
    original = next(found for found in scripts[key].drafts if found.name == name)
    return replace(draft, media=original.media, captions=original.captions)


def straddled(drafts: list[Draft]) -> list[Draft]:
    """The drafts with albums across the page borders, counted from the oldest and from the newest message."""
    ordered = sorted(drafts, key=lambda draft: draft.at)
    total = sum(draft.size for draft in ordered)
    if total <= PAGE:
        return ordered
    for border in sorted({PAGE, total - PAGE}):
        ordered = _across(ordered, border)
    return ordered


def _across(ordered: list[Draft], border: int) -> list[Draft]:
    """Move the nearest long album so that message `border` (from 0) is inside it; it takes a neighbour's time."""
    ends = list(accumulate(draft.size for draft in ordered))
    if any(end - draft.size + CLEAR <= border <= end - CLEAR for draft, end in zip(ordered, ends, strict=True)):
        return ordered
    long = [place for place, draft in enumerate(ordered) if draft.size >= 2 * CLEAR and not draft.late]
    chosen = min(long, key=lambda place: abs(ends[place] - border))
    album = ordered[chosen]
    rest = ordered[:chosen] + ordered[chosen + 1 :]
    starts = [0, *accumulate(draft.size for draft in rest)]
    target = min(range(len(starts)), key=lambda place: abs(starts[place] + album.size // 2 - border))
    return [*rest[:target], replace(album, at=rest[target].at), *rest[target:]]


def numbered(drafts: list[Draft], first: int = 1) -> Iterator[Placed]:
    """Ids in order; a gap leaves ids out, as deleted posts do."""
    next_id = first
    for draft in drafts:
        start = next_id + draft.gap
        next_id = start + draft.size
        yield Placed(draft, tuple(range(start, next_id)))


def placed(script: Script, scripts: Mapping[str, Script], wanted: Callable[[Draft], bool], first: int) -> list[Placed]:
    """The drafts that are wanted, in order and with ids."""
    chosen = [filled(draft, scripts) for draft in script.drafts if wanted(draft)]
    return list(numbered(straddled(chosen) if first == 1 else sorted(chosen, key=lambda draft: draft.at), first))

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
    """The drafts with the longest albums across the page borders, counted from the oldest and the newest message."""
    ordered = sorted(drafts, key=lambda draft: draft.at)
    total = sum(draft.size for draft in ordered)
    borders = sorted({PAGE, total - PAGE}) if total > PAGE else []
    albums = sorted((draft for draft in ordered if draft.size >= 2 * CLEAR), key=lambda draft: -draft.size)
    for album in albums[: len(borders)]:
        ordered.remove(album)
    # From the oldest border upwards: an album put in there no longer moves the posts below it.
    for border, album in zip(borders, albums, strict=False):
        _insert(ordered, album, border)
    return ordered


def _insert(ordered: list[Draft], album: Draft, border: int) -> None:
    """Put the album where message `border` (from 0) falls into its middle; it takes the time of its neighbour."""
    starts = [0, *accumulate(draft.size for draft in ordered)]
    place = min(range(len(ordered)), key=lambda place: abs(starts[place] + album.size // 2 - border))
    ordered.insert(place, replace(album, at=ordered[place].at))


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

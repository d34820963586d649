"""Rules of albums: kind, text, siblings, when an album may still grow, and when a publication has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.kinds import AlbumKind, MediaKind

MAX_ITEMS = 10  # Telegram's limit for one album
REACH = MAX_ITEMS - 1  # ids of an album are successive in practice, so siblings are at most this far from a known item


@dataclass(frozen=True)
class Item:
    """The content of one post of a publication, by which the publication changes."""

    message_id: int
    text: str
    entities: Sequence[dict[str, Any]]
    media_key: str | None  # of its first own medium
    deleted: bool
    more_media: Sequence[tuple[str, str]] = ()  # role and key of all others
    words: Sequence[Mapping[str, Any]] = ()  # domain.words.content


def album_kind(kinds: Iterable[MediaKind]) -> AlbumKind:
    """`photo` or `video` if all items are of that kind; documents, audio and mixtures give `mixed`."""
    distinct = set(kinds)
    if distinct == {MediaKind.PHOTO}:
        return AlbumKind.PHOTO
    return AlbumKind.VIDEO if distinct == {MediaKind.VIDEO} else AlbumKind.MIXED


def merged_text(items: Sequence[Item]) -> str:
    """The captions of all items in order, one paragraph each: any item may have the caption, which belongs to all."""
    return "\n\n".join(text for item in items if (text := item.text.strip()))


def fingerprint(items: Sequence[Item]) -> str:
    """sha256 of the content of a revision: another value makes a new revision, the same value never does."""
    content = [_content(item) for item in items]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _content(item: Item) -> list[Any]:
    """The parts of an item that came later stand at its end and only where it has them: old fingerprints stay."""
    content = [item.message_id, item.text, list(item.entities), item.media_key, item.deleted]
    more = [list(item.more_media), list(item.words)]
    return [*content, *more] if any(more) else content


def sibling_range(known: Sequence[int]) -> range:
    """The range of ids (from 1) that contains every sibling of the known items."""
    return range(max(1, min(known) - REACH), max(known) + REACH + 1)


def is_covered(known: Sequence[int], read: range) -> bool:
    """Whether the ids already read include every possible sibling, so that Telegram need not be asked again."""
    around = sibling_range(known)
    return len(known) >= MAX_ITEMS or (around.start >= read.start and around.stop <= read.stop)


def may_still_grow(newest: datetime, now: datetime, *, items: int, asked: int, wait: timedelta, polls: int) -> bool:
    """Whether an album stays open: not full, posted within `wait`, and requested fewer than `polls` times in vain.

    An album of old messages does not wait: `wait` has passed since its newest one.
    """
    return items < MAX_ITEMS and now - newest < wait and asked < polls

"""A publication as a digest compares it with others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

Place = tuple[int, int]  # a message of Telegram: the bare id of its channel, its id in there


@dataclass(frozen=True)
class Item:
    """A publication of the period. home: Telegram id of its channel; minus its row while the id is not known.

    origin: Telegram id of the channel or user that it was forwarded from. original: the message that it repeats, its
    own place for a post that was not forwarded. pictures: clusters of look-alikes that it shows. gone: it was deleted
    in Telegram.
    """

    id: int
    channel: int
    home: int
    at: datetime
    text: str = ""
    tags: tuple[str, ...] = ()
    origin: int | None = None
    original: Place | None = None
    pictures: frozenset[int] = frozenset()
    gone: bool = False

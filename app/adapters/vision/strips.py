"""Where to cut a long picture: at one size its letters would vanish. Pure; sizes are (width, height) in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from app.adapters.vision.tuning import TUNING

Size = tuple[int, int]
FAR = 3  # times the length of all strips: no picture is kept longer, since a page of a PDF may have any length
Span = tuple[int, int]  # from, to: pixels along the longer side


@dataclass(frozen=True)
class Room:
    """What a reader takes of one picture."""

    side: int  # pixels of the longer side of each strip
    short: int  # pixels of the shorter side that a long picture keeps
    most: int  # strips

    def overlap(self, size: Size) -> int:
        """Pixels that two neighbours share: more than a line of print, in a wide picture more than a word."""
        return int(self.side * (TUNING.overlap_wide if size[0] > size[1] else TUNING.overlap_tall))

    def reach(self, size: Size) -> int:
        """Pixels of the longer side that all strips together show."""
        return self.side + (self.most - 1) * (self.side - self.overlap(size))


HERE = Room(TUNING.picture_side, TUNING.strip_side, TUNING.strips)


def sent_room(side: int) -> Room:
    """The room of a paid model that takes pictures of this side: a screen of a telephone has half of it across."""
    return Room(side, side // 2, TUNING.strips)


def is_long(size: Size) -> bool:
    """Whether a picture is read in strips."""
    return max(size) > TUNING.long_aspect * min(size)


def scaled(size: Size, room: Room = HERE) -> Size:
    """The size at which a picture is read; never larger than its own.

    A long one keeps the resolution of its shorter side. One that is too long for all strips gets smaller, to
    `strip_least` of that; the end of a longer one is left out.
    """
    if room.most == 1 or not is_long(size):
        return shrunk(size, room.side)
    kept = min(1.0, room.short / min(size))
    fits = room.reach(size) / max(size)
    return _times(size, min(kept, max(fits, min(TUNING.strip_least * kept, FAR * fits))))


def shrunk(size: Size, side: int) -> Size:
    """The size with a longer side of at most `side` pixels."""
    return _times(size, min(1.0, side / max(size)))


def _times(size: Size, scale: float) -> Size:
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def spans(size: Size, room: Room = HERE) -> tuple[Span, ...]:
    """The strips of a picture of this size as it is read: equal parts in order, each with a share of its neighbours.

    One for a picture that is not long.
    """
    length, overlap = min(max(size), room.reach(size)), room.overlap(size)
    if max(size) <= room.side:
        return ((0, max(size)),)
    count = 1 + math.ceil((length - room.side) / (room.side - overlap))
    step = (length - overlap) / count
    return tuple((int(step * part), min(length, math.ceil(step * (part + 1)) + overlap)) for part in range(count))


def boxes(size: Size, room: Room = HERE) -> Iterator[tuple[int, int, int, int]]:
    """The strips as boxes: left, top, right, bottom."""
    for start, end in spans(size, room):
        yield (start, 0, end, size[1]) if size[0] > size[1] else (0, start, size[0], end)


def left_out(size: Size, room: Room = HERE, read: int | None = None) -> str | None:
    """The part of a picture of this size, as it is read, that no strip shows, in words; None for nothing.

    read: the strips that were recognised, if not all.
    """
    found = spans(size, room)
    end = found[: read or None][-1][1]
    if end >= max(size):
        return None
    limit = f"{TUNING.strip_letters:,} letters" if read is not None and read < len(found) else f"{room.most} parts"
    return f"only the first {end * 100 // max(size)}% of a long picture were read: {limit} are the limit"


def shares(sizes: Sequence[Size], room: Room, most: int) -> list[Room]:
    """The room of each picture of a file if all of them together may have `most` strips, but each one has one."""
    rooms, spare = [], max(0, most - len(sizes))
    for size in sizes:
        rooms.append(replace(room, most=1 + spare))
        spare -= count(size, rooms[-1]) - 1
    return rooms


def count(size: Size, room: Room) -> int:
    """The number of strips of a picture of any size."""
    return len(spans(scaled(size, room), room))

"""Joins the lines of neighbouring strips, so that each line is there once and whole. Pure.

The place decides, never the words: a chat says "Yes" many times. Of the part that two strips share, each owns the half
that it sees more around; the lines of the other one fill gaps.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise

from app.adapters.vision.strips import Span
from app.adapters.vision.words import Box, Line, Word, box

EDGE = 3  # pixels; a letter nearer to a cut is cut itself
GAP = 1.0  # heights of a word, between two words of one line; columns are further apart
BLOCKS = 10_000  # more than Tesseract finds in one strip


@dataclass(frozen=True)
class Part:
    """The lines of one strip, at their places in the whole picture."""

    span: Span
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Seam:
    """The part that two strips share, in pixels along an axis: 0 for strips side by side, 1 for stacked ones."""

    start: int  # where the second strip begins
    end: int  # where the first one ends
    axis: int

    def first_owns(self, place: Box) -> bool:
        """Whether the middle of a box is nearer to the first strip."""
        return self.middle(place) <= (self.start + self.end) / 2

    def middle(self, place: Box) -> float:
        """The middle of a box along the axis."""
        return (place[self.axis] + place[self.axis + 2]) / 2

    def shares(self, place: Box) -> bool:
        """Whether the middle of a box is in both strips."""
        return self.start < self.middle(place) < self.end

    def cuts(self, place: Box) -> bool:
        """Whether one of the two cuts goes through a box."""
        return place[self.axis] <= self.start + EDGE or place[self.axis + 2] >= self.end - EDGE


def placed(word: Word, left: int, top: int, part: int) -> Word:
    """The word of a strip at its place in the picture, in blocks apart from those of other strips."""
    block, paragraph, line = word.line
    return replace(word, left=word.left + left, top=word.top + top, line=(block + part * BLOCKS, paragraph, line))


def stacked(parts: Sequence[Part]) -> tuple[Line, ...]:
    """The lines of strips that lie one below the other."""
    found = parts[0].lines
    for upper, lower in pairwise(parts):
        seam = Seam(lower.span[0], upper.span[1], axis=1)
        first, second = _once([box(line) for line in found], [box(line) for line in lower.lines], seam)
        above = [line for number, line in enumerate(found) if number in first]
        below = [line for number, line in enumerate(lower.lines) if number in second]
        found = (*_in_order(above, _continued(above, below), seam),)
    return found


def abreast(parts: Sequence[Part]) -> tuple[Line, ...]:
    """The lines of strips side by side; a line that goes on over a cut becomes one line."""
    found = parts[0].lines
    for left, right in pairwise(parts):
        seam = Seam(right.span[0], left.span[1], axis=0)
        words, others = ([word for line in lines for word in line] for lines in (found, right.lines))
        first, second = _once([box((word,)) for word in words], [box((word,)) for word in others], seam)
        lines = _only(found, first)
        for line in _only(right.lines, second):
            _append(lines, line)
        found = tuple(lines)
    return found


def _once(first: Sequence[Box], second: Sequence[Box], seam: Seam) -> tuple[set[int], set[int]]:
    """The numbers of the boxes to keep of both strips: one of each pair that shows the same."""
    owned = [number for number, place in enumerate(first) if seam.first_owns(place)]
    shared = [first[number] for number in owned if first[number][seam.axis + 2] > seam.start]
    others = [number for number, place in enumerate(second) if not seam.first_owns(place) and not _seen(place, shared)]
    theirs = [second[number] for number in others if second[number][seam.axis] < seam.end]
    # What only one of the two saw, or what moved over the middle by a pixel between them.
    late = [n for n, place in enumerate(first) if n not in set(owned) and _is_new(place, theirs, seam)]
    shared += [first[number] for number in late]
    early = [n for n, place in enumerate(second) if seam.first_owns(place) and _is_new(place, shared, seam)]
    return {*owned, *late}, {*others, *early}


def _is_new(place: Box, others: Sequence[Box], seam: Seam) -> bool:
    return not seam.cuts(place) and not _seen(place, others)


def _seen(place: Box, others: Sequence[Box]) -> bool:
    """Whether one of the others covers more than half of a box, or the box of it, both ways."""
    return any(_half(place, other, 0) and _half(place, other, 1) for other in others)


def _half(one: Box, other: Box, axis: int) -> bool:
    common = min(one[axis + 2], other[axis + 2]) - max(one[axis], other[axis])
    return common * 2 > min(one[axis + 2] - one[axis], other[axis + 2] - other[axis])


def _in_order(above: Sequence[Line], below: Sequence[Line], seam: Seam) -> list[Line]:
    """The lines of two strips from top to bottom: each strip's own order, unless it fills a gap of the other."""
    strangers = [line for line in above if not seam.first_owns(box(line))]
    strangers += [line for line in below if seam.first_owns(box(line))]
    if not strangers:
        return [*above, *below]
    inner = [line for line in (*above, *below) if seam.shares(box(line))]
    head, tail = ([line for line in lines if not seam.shares(box(line))] for lines in (above, below))
    return [*head, *sorted(inner, key=lambda line: seam.middle(box(line))), *tail]


def _continued(above: Sequence[Line], below: Sequence[Line]) -> list[Line]:
    """The lower lines; those of the first paragraph join the last one above if no gap is between them."""
    if not above or not below:
        return list(below)
    last, first = box(above[-1]), box(below[0])
    if first[1] - last[3] >= GAP * (last[3] - last[1]) or not _half(last, first, 0):
        return list(below)
    block, paragraph = below[0][0].line[:2]
    joined = above[-1][0].line[:2]
    return [
        tuple(replace(word, line=(*joined, BLOCKS + word.line[2])) for word in line)
        if line[0].line[:2] == (block, paragraph)
        else line
        for line in below
    ]


def _only(lines: Sequence[Line], kept: Container[int]) -> list[Line]:
    """The lines with these words alone, by the numbers of the words over all lines."""
    numbers = count()
    fewer = [tuple(word for word in line if next(numbers) in kept) for line in lines]
    return [line for line in fewer if line]


def _append(lines: list[Line], line: Line) -> None:
    """Adds a line: to the one that it goes on, if there is one."""
    near = [(abs(gap), number) for number, other in enumerate(lines) if (gap := _gap(other, line)) is not None]
    if near:
        number = min(near)[1]
        lines[number] += line
    else:
        lines.append(line)


def _gap(left: Line, right: Line) -> int | None:
    """Pixels between two parts of one line; None if they are none."""
    end, start = box(left[-1:]), box(right[:1])
    height, gap = max(end[3] - end[1], start[3] - start[1]), start[0] - end[2]
    return gap if abs(gap) <= GAP * height and _half(end, start, 1) else None

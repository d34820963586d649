"""Words of a long picture that are too large for its strips: every cut goes through them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.adapters.vision.seams import BLOCKS
from app.adapters.vision.strips import HERE, Size
from app.adapters.vision.words import Line, Word, box

LETTERS = 6  # heights that a word is wide; most have fewer


def large(words: Sequence[Word], size: Size) -> bool:
    """Whether any of these words may be longer than the part that two strips of a picture of this size share."""
    return any(_is_large(word, size) for word in words)


def _is_large(word: Word, size: Size) -> bool:
    return word.height * (LETTERS if size[0] > size[1] else 2) > HERE.overlap(size)


def large_lines(lines: Sequence[Line], scale: float, size: Size) -> list[Line]:
    """The lines of large words among those of the shrunk picture, at their places in the picture of this size."""
    grown = [tuple(_grown(word, scale) for word in line) for line in lines]
    return [line for line in grown if all(_is_large(word, size) for word in line)]


def _grown(word: Word, scale: float) -> Word:
    left, top, right, bottom = (round(side * scale) for side in box((word,)))
    block, paragraph, line = word.line
    return replace(
        word, left=left, top=top, width=right - left, height=bottom - top, line=(-BLOCKS - block, paragraph, line)
    )


def replaced(lines: Sequence[Line], by: Sequence[Line], size: Size) -> tuple[Line, ...]:
    """The lines of the strips, with large ones in place of their pieces; small print inside their boxes stays."""
    found: list[Line] = []
    waiting = list(by)
    for line in lines:
        for one in [one for one in waiting if any(_is_piece(word, one, size) for word in line)]:
            found.append(one)
            waiting.remove(one)
        if rest := tuple(word for word in line if not any(_is_piece(word, one, size) for one in by)):
            found.append(rest)
    return (*found, *waiting)


def _is_piece(word: Word, line: Line, size: Size) -> bool:
    """Whether a large word is in a line with more than its half."""
    (left, top, right, bottom), place = box((word,)), box(line)
    across, down = min(right, place[2]) - max(left, place[0]), min(bottom, place[3]) - max(top, place[1])
    return _is_large(word, size) and across > 0 and down > 0 and across * down * 2 > word.width * word.height

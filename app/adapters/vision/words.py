"""Parses the words of recognition, and filters out those that are probably wrong. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.adapters.vision.tuning import TUNING


@dataclass(frozen=True)
class Word:
    """One word with its confidence, 0 to 1, and its box in pixels of the upright picture."""

    text: str
    confidence: float
    line: tuple[int, int, int]  # block, paragraph, line
    left: int
    top: int
    width: int
    height: int

    @property
    def letters(self) -> int:
        """Number of letters and digits."""
        return sum(char.isalnum() for char in self.text)


Line = tuple[Word, ...]
Box = tuple[int, int, int, int]  # left, top, right, bottom
SHORT = 2  # letters; texture imitates words of one or two


def parse_tsv(tsv: str) -> list[Word]:
    """The words of Tesseract's TSV: level, page, block, paragraph, line, word, left, top, width, height, conf, text."""
    found = []
    for row in tsv.splitlines():
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            block, paragraph, line, _, left, top, width, height = (int(cell) for cell in cells[2:10])
            confidence = max(0.0, float(cells[10])) / 100
            found.append(Word(cells[11].strip(), confidence, (block, paragraph, line), left, top, width, height))
    return found


def mean_confidence(words: Sequence[Word]) -> float | None:
    """Mean confidence of words, weighted by letters, 0 to 1; None without letters."""
    letters = sum(word.letters for word in words)
    return sum(word.confidence * word.letters for word in words) / letters if letters else None


def believable(words: Sequence[Word]) -> list[Line]:
    """The lines worth keeping, in reading order: texture gives short, unsure words in unsure lines."""
    lines: dict[tuple[int, int, int], list[Word]] = {}
    for word in words:
        lines.setdefault(word.line, []).append(word)
    kept = [tuple(_sure_words(line)) for line in lines.values() if _sure_line(line)]
    kept = [line for line in kept if any(word.letters for word in line)]
    return kept if sum(word.letters for line in kept for word in line) >= TUNING.least_letters else []


def _sure_words(line: Sequence[Word]) -> list[Word]:
    """Sure words, and long ones in a line with at least two sure long ones: print often has one smudged word."""
    sure = [word for word in line if _sure(word)]
    if sum(word.letters > SHORT for word in sure) < 2:
        return sure
    return [word for word in line if _sure(word) or word.letters > SHORT]


def _sure(word: Word) -> bool:
    limit = TUNING.short_word_confidence if word.letters <= SHORT else TUNING.word_confidence
    return word.confidence >= limit


def _sure_line(line: Sequence[Word]) -> bool:
    letters = sum(word.letters for word in line)
    if letters == 0:
        return False
    # Weighted by letters: a stray dot beside a caption tells nothing about the caption.
    return sum(word.confidence * word.letters for word in line) / letters >= TUNING.line_confidence


def merge(first: Sequence[Line], second: Sequence[Line]) -> list[Line]:
    """The stronger set of lines, with lines of the other set that do not overlap it, from top to bottom."""
    strong, weak = sorted((list(first), list(second)), key=weight, reverse=True)
    added = [line for line in weak if not any(_overlap(line, other) for other in strong)]
    if not added:
        return strong
    return sorted(strong + added, key=lambda line: (min(word.top for word in line), line[0].left))


def weight(lines: Sequence[Line]) -> float:
    """The amount of text, by letters and confidence."""
    return sum(word.letters * word.confidence for line in lines for word in line)


def _overlap(left: Line, right: Line) -> bool:
    (left_x, left_y, left_right, left_bottom), (x, y, right_edge, bottom) = box(left), box(right)
    return left_x < right_edge and x < left_right and left_y < bottom and y < left_bottom


def box(line: Line) -> Box:
    """The box around all words of a line."""
    return (
        min(word.left for word in line),
        min(word.top for word in line),
        max(word.left + word.width for word in line),
        max(word.top + word.height for word in line),
    )

"""Packs the spans of a post into windows that the model reads at once, with the question before each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# Identifiers of the vocabulary: begin, end. The end also closes each span.
BEGIN, END = 0, 2
SPAN = 160  # tokens of a span: the longest of the 1,467 of the labelled posts has 69
WINDOW = 256  # tokens of spans in a window; the model has read no longer ones
CONTEXT = 2  # spans of the window before that begin the next one: a pronoun needs its noun

Tokens = Sequence[int]


@dataclass(frozen=True)
class Window:
    """Tokens of some spans in order. marks: (start, end, number in the post) of those that this window scores."""

    tokens: tuple[int, ...]
    marks: tuple[tuple[int, int, int], ...]


def windows(spans: Sequence[Tokens]) -> Iterator[Window]:
    """Windows that together score each span of a post once."""
    closed = [(*span[:SPAN], END) for span in spans]
    place = 0
    while place < len(closed):
        tokens = [token for span in closed[max(0, place - CONTEXT) : place] for token in span]
        marks: list[tuple[int, int, int]] = []
        while place < len(closed) and (not marks or len(tokens) + len(closed[place]) <= WINDOW):
            marks.append((len(tokens), len(tokens) + len(closed[place]), place))
            tokens += closed[place]
            place += 1
        yield Window(tuple(tokens), tuple(marks))

"""Cuts text without punctuation into parts that can be shown and cited, never in a word."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.ask.lines import Range

LONGEST = 300  # characters of a span: two long sentences; the embedder reads as much at once
SHORTEST = 80  # characters before a cut, so that commas near the beginning make no crumbs
# A word of more than this is none: a text without spaces, or a picture in letters.
WORD = 2 * LONGEST
# Places to cut at, the best first: line ends, ends of sentences, pictures of a list, commas, spaces.
_PLACES = tuple(
    map(re.compile, ("[\n\r\u2028]+", r"[.!?…;]\s+", r"\s+(?=[\u2190-\u2bff\U0001f000-\U0001faff•▪])", r",\s+", r"\s+"))
)
_SPACE = re.compile(r"\s+")


def cut(text: str, start: int, end: int) -> Iterator[Range]:
    """The ranges of the parts, in order, which cover the range."""
    while end - start > LONGEST:
        place = _place(text, start, end)
        yield start, place
        start = place
    yield start, end


def _place(text: str, start: int, end: int) -> int:
    for pattern in _PLACES:
        found = [one.end() for one in pattern.finditer(text, start + SHORTEST, start + LONGEST)]
        if found:
            return found[-1]
    later = _SPACE.search(text, start + SHORTEST, min(end, start + WORD))
    if later:
        return later.end()
    return end if end - start <= WORD else start + LONGEST

"""Compares codes that one text writes with blanks and the other one without: А 123 ВС 77."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.domain.ask.figures.values import Code, Figure
from app.domain.codes import folded_code, found_code, is_part

_PIECE = re.compile(r"[^\W_]+")
BESIDE = 3  # pieces of a code on either side of a number: А 123 ВС 77 RUS
SHORTEST = 4  # signs of a code: shorter ones are in other words by chance


def is_spaced_code(text: str, figure: Figure, quotes: str) -> bool:
    """Whether the pieces around a figure of the text make a code that the quotes have, both with a letter in it."""
    return any(_has(quotes, code) for code in _codes(text, figure))


def _codes(text: str, figure: Figure) -> Iterator[str]:
    if any(isinstance(one, Code) for one in figure.readings):
        yield text[figure.start : figure.end]
    pieces = list(_PIECE.finditer(text))
    inside = [place for place, one in enumerate(pieces) if figure.start <= one.start() < figure.end]
    if not inside:
        return
    first, last = inside[0], inside[-1]
    for start in range(max(0, first - BESIDE), first + 1):
        for end in range(last, min(len(pieces), last + BESIDE + 1)):
            window = pieces[start : end + 1]
            if all(is_part(one[0]) and (one[0].isupper() or one[0].isdigit()) for one in window):
                yield text[window[0].start() : window[-1].end()]


def _has(quotes: str, code: str) -> bool:
    folded = folded_code(code)
    if len(folded) < SHORTEST or folded.isdigit() or not any(sign.isdigit() for sign in folded):
        return False
    found = found_code(code, quotes)
    return found is not None and re.search(rf"(?<![^\W_]){re.escape(found)}(?![^\W_])", quotes) is not None

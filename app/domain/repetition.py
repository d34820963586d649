"""Finds where a model fell into a loop: it writes the same again and again until its tokens end.

Pictures repeat words, too: refrains, laughter, rows of equal cells. So a repetition counts only where it fills the end
of a text, is a large part of it, and goes on for longer than people repeat themselves.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST = 20_000  # characters at the end of a text to look at


@dataclass(frozen=True)
class Rule:
    """A loop: at least `times` repeats of `length` characters or more, over `run` characters, `share` of the text."""

    length: int
    times: float
    run: int
    share: float = 0.5


# The first rule whose length the repeated part has.
ENDED = (Rule(100, 5, 600), Rule(60, 8, 480), Rule(12, 20, 400), Rule(5, 50, 300), Rule(1, 100, 300))
# The answer was cut at its limit of tokens.
AT_LIMIT = (
    Rule(60, 3, 200, 0.3),
    Rule(12, 8, 160, 0.25),
    Rule(5, 15, 100, 0.25),
    Rule(1, 40, 80, 0.25),
)
SIGNS = 1500  # characters that a loop without letters has at least: tables have rows of zeros and dotted lines
_LETTER = re.compile(r"[^\W\d_]")
_ORDINAL = re.compile(r"^\s*\d{1,4}[.)]\s+(?=\S)")


def cut_loop(text: str, *, at_limit: bool = False) -> str:
    """The text up to the end of the first occurrence of what it repeats to its end; the same text if it does not.

    at_limit: whether the model was stopped at its limit of tokens, so that less is needed to be sure.
    """
    tail = text[-LONGEST:]
    found = _loop(tail, len(text), AT_LIMIT if at_limit else ENDED)
    if found is not None:
        start, period = found
        return _to_word_end(text, len(text) - len(tail) + start + period, period).rstrip()
    return _without_numbered(text, at_limit)


def _loop(tail: str, whole: int, rules: tuple[Rule, ...]) -> tuple[int, int] | None:
    """(start, period) of the longest loop that fills the end of the text."""
    reach = _borders(tail[::-1])
    for length in range(len(reach), 0, -1):
        period = length - reach[length - 1]
        start = len(tail) - length
        if _is_long(period, length, whole, rules) and _says(tail[start : start + period], length):
            return start, period
    return None


def _is_long(period: int, run: int, whole: int, rules: tuple[Rule, ...]) -> bool:
    rule = next(rule for rule in rules if period >= rule.length)
    return run >= rule.times * period and run >= rule.run and run >= rule.share * whole


def _says(part: str, run: int) -> bool:
    return bool(part.strip()) and (_LETTER.search(part) is not None or run >= SIGNS)


def _borders(text: str) -> list[int]:
    """For each beginning of the text, the length of its longest end that it also begins with (Knuth, Morris, Pratt)."""
    found = [0] * len(text)
    length = 0
    for place in range(1, len(text)):
        while length and text[place] != text[length]:
            length = found[length - 1]
        length += text[place] == text[length]
        found[place] = length
    return found


def _to_word_end(text: str, end: int, most: int) -> str:
    """Whole words: the loop may have been found from the middle of one on."""
    limit = min(len(text), end + min(most, 40) - 1) if not text[end - 1].isspace() else end
    while end < limit and not text[end].isspace():
        end += 1
    return text[:end]


def _without_numbered(text: str, at_limit: bool) -> str:
    """The same for lines that differ in their numbers alone: "7. Buy milk", "8. Buy milk"."""
    lines = text.split("\n")
    keys = [_ORDINAL.sub("", line).strip() for line in lines]
    last = next((place for place in range(len(keys) - 1, 0, -1) if keys[place]), 0)
    if at_limit and last and keys[last - 1].startswith(keys[last]):
        last -= 1
    first = last
    while first and keys[first - 1] in (keys[last], ""):
        first -= 1
    equal = sum(key == keys[last] for key in keys[first : last + 1])
    numbered = keys[last] != lines[last].strip() and _LETTER.search(keys[last])
    if not numbered or equal < (6 if at_limit else 12):
        return text
    return "\n".join(lines[: next(place for place in range(first, last + 1) if keys[place]) + 1])

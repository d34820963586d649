"""Holds each number, date, time and code of a sentence to its quotes, in whatever form both write it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain.ask.answer import Sentence
from app.domain.ask.figures.codes import is_spaced_code
from app.domain.ask.figures.reader import read
from app.domain.ask.figures.values import Figure, Reading, says
from app.domain.ask.quotes import APART, evidence, folded


def foreign_number(sentence: Sentence) -> str | None:
    """The reason to drop a sentence with a number that its quotes lack, or that counts something else in them."""
    text = folded(sentence.text)
    quoted = _different(figure for quote in evidence(sentence).split(APART) for figure in read(quote))
    readings = [reading for figure in quoted for reading in figure.readings]
    for figure in _different(read(text)):
        same = [one for one in quoted if _says(figure, one, readings)]
        if not same and is_spaced_code(text, figure, evidence(sentence)):
            continue
        if _is_wrong(figure, same, quoted):
            return f"its quotes lack the number “{figure.text}”"
    return None


def _different(figures: Iterable[Figure]) -> list[Figure]:
    """The figures without those that repeat an earlier one."""
    return list(
        {(one.readings, one.also, one.bound, one.noun, one.firm): one for one in reversed([*figures])}.values()
    )[::-1]


def _says(stated: Figure, quoted: Figure, readings: Sequence[Reading]) -> bool:
    return any(says(one, other, readings) for one in stated.readings for other in (*quoted.readings, *quoted.also))


def _is_wrong(stated: Figure, same: Sequence[Figure], quoted: Sequence[Figure]) -> bool:
    if not same:
        return stated.firm or any(_counts_same(stated, one) for one in quoted)
    if stated.bound and all(one.bound not in ("", stated.bound) for one in same):
        return True
    return _is_swapped(stated, same, quoted)


def _counts_same(stated: Figure, quoted: Figure) -> bool:
    """Whether a figure of the quotes counts the same things: `one person` where the quote has three of them."""
    if not stated.numbers or not quoted.numbers or not quoted.firm:
        return False
    if stated.noun and quoted.noun:
        return _same_word(stated.noun, quoted.noun)
    return not quoted.noun and all(one.unit is None and one.value < 1000 for one in quoted.numbers)


def _is_swapped(stated: Figure, same: Sequence[Figure], quoted: Sequence[Figure]) -> bool:
    """Whether the quotes count other things with this number, and these things with another number."""
    if not stated.firm or len(stated.noun) < 3 or not stated.numbers:
        return False
    if any(not one.noun or not one.numbers or _same_word(stated.noun, one.noun) for one in same):
        return False
    return any(_same_word(stated.noun, one.noun) for one in quoted if one.numbers and one not in same)


def _same_word(one: str, other: str) -> bool:
    """Whether two words share all but their endings, of two letters at most."""
    shortest = min(len(one), len(other))
    length = shortest if shortest <= 3 else max(3, shortest - 2)
    return shortest > 0 and one[:length] == other[:length] and abs(len(one) - len(other)) <= 3

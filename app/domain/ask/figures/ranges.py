"""Gives the first number of a range the factor and the unit of the last one: 2–3 млн, от 5 до 7 %."""

from __future__ import annotations

import re
from dataclasses import replace

from app.domain.ask.figures.values import Clock, Figure, Number, Reading

_BETWEEN = re.compile(r"\s*(?:[-–—/,]|\.\.\.?|…|до|to|или|or|и|й|та|and|або|по)\s*", re.I)
_FACTORS = (1_000, 1_000_000, 1_000_000_000)


def shared(text: str, figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    """The figures, each with the readings that the figure behind it adds if both make a range or a list."""
    done: list[Figure] = []
    for figure in reversed(figures):
        behind = done[-1] if done else None
        joined = behind is not None and _BETWEEN.fullmatch(text[figure.end : behind.start])
        done.append(_with(figure, behind) if joined and behind else figure)
    return tuple(reversed(done))


def _with(figure: Figure, behind: Figure) -> Figure:
    bare = [one for one in figure.numbers if one.unit is None]
    added: list[Reading] = [Number(one.value, last.unit) for one in bare for last in behind.numbers if last.unit]
    added += [
        Number(one.value * factor, last.unit)
        for one in bare
        for last in behind.numbers
        for factor in _FACTORS
        if 0 < one.value < 1000 and one.value * factor <= last.value and last.value < 1000 * factor
    ]
    if any(isinstance(one, Clock) for one in behind.readings):
        added += [Clock(int(one.value)) for one in bare if one.value in range(24)]
    return replace(figure, readings=tuple(dict.fromkeys((*figure.readings, *added))), noun=figure.noun or "")

"""Finds all numbers, dates, times and codes of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from app.domain.ask.figures import digits
from app.domain.ask.figures.clocks import half_of_day, half_past, named
from app.domain.ask.figures.dates import dated
from app.domain.ask.figures.measures import is_cold, measured, times, unit_before, unit_behind
from app.domain.ask.figures.phrases import Phrase, phrase
from app.domain.ask.figures.ranges import shared
from app.domain.ask.figures.tokens import Token, tokens
from app.domain.ask.figures.values import Clock, Code, Date, Figure, Number, Reading, says
from app.domain.ask.listed import listed

_MORE = listed("более больше свыше понад більше over above exceeding")
_LESS = listed("менее меньше менше under below")
_THAN = listed("чем ніж за than")
# Letters that Russian lacks, and endings of number words and months that it lacks.
_UKRAINIAN = re.compile("[ґєіїҐЄІЇ]|цять|(?:трав|черв|лип|серп|верес|жовт|груд|січ|берез|квіт)ня", re.I)
_SHARES = (Decimal("0.5"), Decimal("0.25"), Decimal("0.75"))
_COUNTED = re.compile(r"[^\W\d_]{3,}-(\d{1,9})s?")  # under-12s
_FORMS: dict[str, Callable[[str], Iterator[Reading]]] = {
    "iso": digits.iso,
    "date": digits.date,
    "clock": digits.clock,
    "pair": digits.pair,
    "phone": lambda text: iter([digits.phone(text)]),
    "code": lambda text: digits.coded(text),
    "dotted": lambda text: digits.dotted(text),
}


@lru_cache(maxsize=512)
def read(text: str) -> tuple[Figure, ...]:
    """All figures of a text, in order."""
    figures = _read(tokens(text), _UKRAINIAN.search(text) is not None)
    return shared(text, tuple(replace(one, text=text[one.start : one.end]) for one in figures))


def cuts(text: str, start: int, end: int) -> Iterator[Figure]:
    """The figures of a text that a quote from start to end cuts so that it states another amount."""
    for figure in read(text):
        inside = figure.start < start < figure.end or figure.start < end < figure.end
        if inside and not _is_same(figure, text[max(start, figure.start) : min(end, figure.end)]):
            yield figure


def _is_same(figure: Figure, rest: str) -> bool:
    parts = read(rest)
    if not parts:
        return False
    return all(
        any(
            says(stated, whole, figure.readings)
            for stated in part.readings
            for whole in (*figure.readings, *figure.also)
        )
        for part in parts
    )


def _read(found: Sequence[Token], ukrainian: bool) -> Iterator[Figure]:
    at = 0
    while at < len(found):
        figures, at = _figures(found, at, ukrainian)
        yield from figures


def _figures(found: Sequence[Token], at: int, ukrainian: bool) -> tuple[list[Figure], int]:
    token = found[at]
    if token.kind in _FORMS:
        return _written(found, at)
    if days := dated(found, at, ukrainian):
        return days
    if clock := named(token):
        return [Figure(token.start, token.end, token.text, (clock,))], at + 1
    if half := half_past(found, at, ukrainian):
        return [Figure(token.start, found[half[1] - 1].end, token.text, half[0])], half[1]
    if (amount := phrase(found, at, ukrainian)) and amount.values:
        return _amount(found, at, amount)
    return _long(token), at + 1


def _long(token: Token) -> list[Figure]:
    """Digits that are too many for an amount are a code."""
    return [Figure(token.start, token.end, token.text, (digits.code(token.text),))] if token.kind == "number" else []


def _written(found: Sequence[Token], at: int) -> tuple[list[Figure], int]:
    token, end = found[at], at + 1
    readings = tuple(_FORMS[token.kind](token.text))
    if token.kind == "clock" and isinstance(first := readings[0], Clock):
        half = half_of_day(found, end, first.hour)
        readings = (Clock(half[0], first.minute),) if half else readings
        end = half[1] if half else end
    if not readings:  # 45.45.2026 is no date
        readings = (Code(frozenset([token.norm])),)
    years = {one.year for one in readings if isinstance(one, Date) and one.year}
    also = tuple(Number(Decimal(year)) for year in years)
    if counted := _COUNTED.fullmatch(token.text):
        also = (Number(Decimal(counted[1])),)
    return [Figure(token.start, found[end - 1].end, token.text, readings, also=also)], end


def _amount(found: Sequence[Token], at: int, amount: Phrase) -> tuple[list[Figure], int]:
    if code := _joined_code(found, at, amount):
        return code
    names, end = (amount.unit, amount.end) if amount.unit else unit_behind(found, amount.end)
    names = names or unit_before(found, at)
    readings, clocks = _readings(found, at, end, amount, names)
    first = found[at - 1] if _has_minus(found, at) else found[at]
    last = found[end - 1]
    text = " ".join(token.text for token in found[at:end])
    noun = found[end].norm if end < len(found) and found[end].kind == "word" else ""
    bound = _bound(found, at)
    stated, also = (clocks, readings) if clocks and _is_half_told(found, end) else ([*readings, *clocks], [])
    unique = tuple(dict.fromkeys(stated))
    return [Figure(first.start, last.end, text, unique, not amount.doubtful, bound, noun, tuple(also))], end


def _readings(
    found: Sequence[Token], at: int, end: int, amount: Phrase, names: tuple[str, ...]
) -> tuple[list[Reading], list[Reading]]:
    """(amounts, times of the day) that a phrase may be."""
    values = amount.values
    signed = [one for value in values for one in _signs(found, at, end, value, names)]
    readings: list[Reading] = [number for one in signed for number in measured(one, names)]
    if len(values) == 1 and values[0] in _SHARES:
        readings.append(Number(values[0] * 100, "percent"))
    return readings, [clock for value in values for clock in times(found, at, end, value, names)]


def _is_half_told(found: Sequence[Token], end: int) -> bool:
    """Whether the half of the day stands behind: 7 вечера states no number."""
    return half_of_day(found, end, 1) is not None


def _joined_code(found: Sequence[Token], at: int, amount: Phrase) -> tuple[list[Figure], int] | None:
    """Digits with letters behind that are no unit: 5G, 45-ФЗ."""
    end = amount.end
    if found[at].kind != "number" or end >= len(found) or not found[end].glued or unit_behind(found, end)[0]:
        return None
    if found[end - 1].text in "-–":
        return None  # 12-year-old, read as a number and a word
    hyphen = found[end].text in "-–" and end + 1 < len(found) and found[end + 1].glued
    word = found[end + 1] if hyphen else found[end]
    if word.kind != "word" or (not word.text.isupper() and hyphen):
        return None
    if half_of_day(found, end, int(amount.values[0]) if amount.values[0] <= 12 else 13):
        return None
    text = "".join(token.text for token in found[at : end + 2 if hyphen else end + 1])
    return [Figure(found[at].start, word.end, text, (digits.code(text),))], end + (2 if hyphen else 1)


def _has_minus(found: Sequence[Token], at: int) -> bool:
    """Whether a minus stands in front, and not a hyphen, a dash or the line of a range."""
    if not at:
        return False
    sign = found[at - 1]
    if sign.norm in ("минус", "мінус", "minus"):
        return True
    return sign.text == "-" and found[at].glued and not (sign.glued and at > 1)


def _signs(found: Sequence[Token], at: int, end: int, value: Decimal, names: tuple[str, ...]) -> tuple[Decimal, ...]:
    """The amount with its sign. A share and a price may have lost it: -10% is a discount of 10%."""
    if not _has_minus(found, at) and not (is_cold(found, end) and (not names or "degree" in names)):
        return (value,)
    loose = {"percent", "points", "rub", "usd", "eur", "uah"}.intersection(names) or (not names and at == 1)
    return (-value, value) if loose else (-value,)


def _bound(found: Sequence[Token], at: int) -> str:
    """`>` behind more than, `<` behind less than."""
    before = [token.norm for token in found[max(0, at - 2) : at]]
    if before and before[-1] in _THAN:
        before.pop()
    else:
        before = before[-1:]
    last = before[-1] if before else ""
    return ">" if last in _MORE or last == "more" else "<" if last in _LESS or last in ("less", "fewer") else ""

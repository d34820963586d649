"""Reads the unit of an amount, before it or behind it, and gives the readings that follow from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.domain.ask.figures.clocks import AT, half_of_day
from app.domain.ask.figures.digits import in_dots
from app.domain.ask.figures.tokens import Token
from app.domain.ask.figures.units import units
from app.domain.ask.figures.values import Clock, Number, Reading
from app.domain.ask.listed import listed

# A unit of which the other is a whole multiple, for both to be compared: 1.5 hours are 90 minutes.
_BASE = {
    "hour": ("minute", 60), "km": ("m", 1000), "m": ("cm", 100), "kg": ("g", 1000), "t": ("kg", 1000),
    "week": ("day", 7), "gw": ("mw", 1000), "mw": ("kw", 1000), "ha": ("m2", 10000), "year": ("month", 12),
}  # fmt: skip
_COLD = listed("мороза морозу ниже нижче below minus")
_O_CLOCK = frozenset(("o'clock", "oclock"))


def unit_behind(tokens: Sequence[Token], at: int) -> tuple[tuple[str, ...], int]:
    """(units that the words at a place may be, the token behind them); none: the place itself."""
    at = at + 1 if at + 1 < len(tokens) and tokens[at].text in "-–" and tokens[at + 1].glued else at
    for length in (3, 2, 1):
        words = tokens[at : at + length]
        if len(words) < length:
            continue
        joined = "".join(("" if token.glued else " ") + token.norm for token in words).strip()
        found = units(joined.rstrip(".")) if not joined.startswith(".") else ()
        if found and not (length > 1 and words[-1].text == "." and at + length == len(tokens)):
            return found, at + length
    return (), at


def unit_before(tokens: Sequence[Token], at: int) -> tuple[str, ...]:
    """The currency whose sign stands in front."""
    return units(tokens[at - 1].norm) if at and tokens[at - 1].text in "$€₽₴£¥₸" else ()


def measured(value: Decimal, names: tuple[str, ...]) -> Iterator[Number]:
    """The amount in each unit that the word may be, and in smaller ones."""
    if not names:
        yield Number(value)
    for name in names:
        yield Number(value, name)
        while name in _BASE:
            name, times = _BASE[name]
            value = value * times
            yield Number(value, name)


def times(tokens: Sequence[Token], start: int, end: int, value: Decimal, names: tuple[str, ...]) -> Iterator[Reading]:
    """The times of the day that an amount may be. start: its token; end: the token behind it, unit included."""
    hour = int(value) if value == value.to_integral_value() and 0 <= value <= 24 else None
    written = tokens[start].text
    if "." in written:
        yield from in_dots(written)
    if hour is None:
        return
    if found := half_of_day(tokens, end, hour):
        yield Clock(found[0])
    elif "day" in names and tokens[end - 1].norm == "дня" and tokens[start - 1].norm in AT and hour <= 5:
        yield Clock(hour + 12)  # в 3 дня
    elif "hour" in names or (not names and _is_time(tokens, start, end)):
        yield Clock(hour % 24)
    if end < len(tokens) and tokens[end].norm in _O_CLOCK:
        yield from (Clock(hour % 24), Clock((hour + 12) % 24))


def _is_time(tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether the amount stands behind `at` and in front of no noun."""
    before = tokens[start - 1].norm if start else ""
    behind = tokens[end] if end < len(tokens) else None
    return before in AT and (behind is None or behind.kind != "word" or behind.norm in AT or len(behind.norm) < 3)


def is_cold(tokens: Sequence[Token], end: int) -> bool:
    """Whether words behind an amount make it negative: мороза, below zero."""
    return any(token.norm in _COLD for token in tokens[end : end + 1])

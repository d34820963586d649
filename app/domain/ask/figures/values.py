"""The values of numbers, dates, times and codes, and which of them say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.domain.ask.listed import listed


@dataclass(frozen=True)
class Number:
    """An amount. unit: a name of `units`, None without one."""

    value: Decimal
    unit: str | None = None


@dataclass(frozen=True)
class Date:
    """A day, a month or a month of a year; the parts that the text leaves out are None."""

    month: int
    day: int | None = None
    year: int | None = None


@dataclass(frozen=True)
class Weekday:
    """A day of the week, Monday is 1."""

    day: int


@dataclass(frozen=True)
class Clock:
    """A time of the day."""

    hour: int
    minute: int = 0


@dataclass(frozen=True)
class Code:
    """A plate, a telephone number, a name of a type such as Су-35. keys: its foldings; one that is equal is enough."""

    keys: frozenset[str]


Reading = Number | Date | Weekday | Clock | Code


@dataclass(frozen=True)
class Figure:
    """One place of a text. readings: the values that it may have; 01.05 is a day and an amount.

    firm: the text states this value for certain; `one` and `first` often do not. bound: `>` for more than, `<` for
    less than. noun: the word behind it as written, empty without one. also: values that a sentence may take from it
    and that it does not state itself: the 7 of 7 p.m.
    """

    start: int
    end: int
    text: str
    readings: tuple[Reading, ...]
    firm: bool = True
    bound: str = ""
    noun: str = ""
    also: tuple[Reading, ...] = ()

    @property
    def numbers(self) -> tuple[Number, ...]:
        """Its readings as an amount."""
        return tuple(one for one in self.readings if isinstance(one, Number))


# Units that change the meaning of an amount so much that a sentence may not add them.
STRICT = listed("percent points rub usd eur uah gbp cny jpy kzt byn")


def says(stated: Reading, evidence: Reading, others: Sequence[Reading]) -> bool:
    """Whether the evidence says what a sentence states. others: all readings of the quotes, for units and years."""
    match stated, evidence:
        case Number(), Number():
            return stated.value == evidence.value and _same_unit(stated.unit, evidence.unit, others)
        case Date(), Date():
            return _same_date(stated, evidence, others)
        case Code(), Code():
            return bool(stated.keys & evidence.keys)
        case _:
            return stated == evidence


def _same_unit(stated: str | None, evidence: str | None, others: Sequence[Reading]) -> bool:
    if stated == evidence:
        return True
    if stated is None:
        return evidence not in ("percent", "points")
    if evidence is None:
        return stated not in STRICT or any(isinstance(one, Number) and one.unit == stated for one in others)
    return False


def _same_date(stated: Date, evidence: Date, others: Sequence[Reading]) -> bool:
    if stated.month != evidence.month or stated.day not in (None, evidence.day):
        return False
    if stated.year in (None, evidence.year):
        return True
    return evidence.year is None and any(isinstance(one, Number) and one.value == stated.year for one in others)

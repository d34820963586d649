"""Reads dates with a name of a month, and names of months and weekdays alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.domain.ask.figures.calendar import is_day, is_doubtful, month, weekday
from app.domain.ask.figures.phrases import phrase
from app.domain.ask.figures.tokens import Token
from app.domain.ask.figures.values import Date, Figure, Number, Weekday
from app.domain.ask.listed import listed

_JOINS = listed(", - – — и й та і and по до на to or или або through &")
_OF = frozenset(("of", "the", "числа"))
_YEARS = range(1000, 2200)
# Words in front of a month that is not doubtful then.
_IN = listed("in by since until till from of during last next this early late mid в у с к до від з")
MOST = 8  # days of one month in a row


def dated(tokens: Sequence[Token], at: int, ukrainian: bool) -> tuple[list[Figure], int] | None:
    """The days that are written from a token on, with the token behind them: `5, 6 и 7 мая 2026`, `May 5-7`."""
    return _days_first(tokens, at, ukrainian) or _month_first(tokens, at, ukrainian) or _alone(tokens, at)


def _days_first(tokens: Sequence[Token], at: int, ukrainian: bool) -> tuple[list[Figure], int] | None:
    days, end = _days(tokens, at, ukrainian)
    if not days:
        return None
    while end < len(tokens) and tokens[end].norm in _OF:
        end += 1
    name = _month(tokens, end)
    if name is None or not all(is_day(day, name) for day, _, _ in days):
        return None
    end = _past(tokens, end + 1, ".") if month(tokens[end].norm, beside=False) is None else end + 1
    year, end, figures = _year(tokens, end, ukrainian)
    return [*_figures(tokens, days, name, year, end), *figures], end


def _month_first(tokens: Sequence[Token], at: int, ukrainian: bool) -> tuple[list[Figure], int] | None:
    name = _month(tokens, at)
    if name is None or not tokens[at].norm.isascii():
        return None
    start = _past(tokens, at + 1, ".")
    start = start + 1 if start < len(tokens) and tokens[start].norm == "the" else start
    days, end = _days(tokens, start, ukrainian)
    if not days or not all(is_day(day, name) for day, _, _ in days):
        return None
    days = [(days[0][0], at, days[0][2]), *days[1:]]
    year, end, figures = _year(tokens, end, ukrainian)
    return [*_figures(tokens, days, name, year, end), *figures], end


def _figures(
    tokens: Sequence[Token], days: list[tuple[int, int, int]], name: int, year: int | None, end: int
) -> Iterator[Figure]:
    for place, (day, first, last) in enumerate(days):
        behind = end if place == len(days) - 1 else last
        text = " ".join(token.text for token in tokens[first:behind])
        also = () if year is None else (Number(Decimal(year)),)
        yield Figure(tokens[first].start, tokens[behind - 1].end, text, (Date(name, day, year),), also=also)


def _days(tokens: Sequence[Token], at: int, ukrainian: bool) -> tuple[list[tuple[int, int, int]], int]:
    """Days in a row, each (day, its first token, the token behind it), and the token behind the row."""
    days: list[tuple[int, int, int]] = []
    end = at
    while len(days) < MOST and end < len(tokens):
        day = _day(tokens, end, ukrainian)
        if day is None:
            break
        days.append((day[0], end, day[1]))
        at = end = day[1]
        while end < len(tokens) and tokens[end].norm in _JOINS and end - at < 2:
            end += 1
        if end == at:
            break
    return days, at


def _day(tokens: Sequence[Token], at: int, ukrainian: bool) -> tuple[int, int] | None:
    found = phrase(tokens, at, ukrainian)
    if found is None or len(found.values) != 1 or found.scaled:
        return None
    in_words = tokens[at].kind == "word" and not found.ordinal
    value = found.values[0]
    return (int(value), found.end) if value in range(1, 32) and not in_words else None


def _month(tokens: Sequence[Token], at: int) -> int | None:
    if at >= len(tokens) or tokens[at].kind != "word":
        return None
    return month(tokens[at].norm, beside=True)


def _year(tokens: Sequence[Token], at: int, ukrainian: bool) -> tuple[int | None, int, list[Figure]]:
    """The year behind a day or a month, which is an amount of its own as well."""
    start = _past(tokens, at, ",")
    found = phrase(tokens, start, ukrainian) if start < len(tokens) else None
    if found is None or len(found.values) != 1 or found.values[0] not in _YEARS:
        return None, at, []
    if tokens[start].kind == "number" and len(tokens[start].text) != 4:
        return None, at, []
    year, end = int(found.values[0]), found.end
    text = tokens[start].text
    number = Figure(tokens[start].start, tokens[end - 1].end, text, (Number(Decimal(year)),))
    while end < len(tokens) and re.fullmatch(r"г|р|год\w{0,2}|року|році|рік", tokens[end].norm):
        end = _past(tokens, end + 1, ".") if end + 2 < len(tokens) else end + 1
    return year, end, [number]


def _alone(tokens: Sequence[Token], at: int) -> tuple[list[Figure], int] | None:
    """A month without a day, with its year if it has one, or a weekday."""
    token = tokens[at]
    name = month(token.norm, beside=False) if token.kind == "word" else None
    if name is not None:
        year, end, figures = _year(tokens, at + 1, False)
        firm = year is not None or not is_doubtful(token.norm) or _is_month(tokens, at)
        return [Figure(token.start, tokens[end - 1].end, token.text, (Date(name, None, year),), firm), *figures], end
    day = weekday(token.norm) if token.kind == "word" else None
    if day is None:
        return None
    return [Figure(token.start, token.end, token.text, (Weekday(day),), not is_doubtful(token.norm))], at + 1


def _is_month(tokens: Sequence[Token], at: int) -> bool:
    before = tokens[at - 1].norm if at else ""
    token = tokens[at]
    if token.norm.isascii():
        return token.text[0].isupper() and before in _IN
    return token.text.islower() and (before in ("в", "у", "с", "к", "до") and token.norm[:2] not in ("ср", "се"))


def _past(tokens: Sequence[Token], at: int, sign: str) -> int:
    return at + 1 if at < len(tokens) and tokens[at].text == sign else at

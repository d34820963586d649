"""The values of texts in digits: amounts with their separators, dates, times, codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from app.domain.ask.figures.calendar import is_day
from app.domain.ask.figures.values import Clock, Code, Date, Number, Reading
from app.domain.codes import folded_code
from app.domain.transliteration import skeletons

LONGEST = 30  # digits of an amount; more are a code, and no arithmetic is done with them
_PHONE = 10  # digits that two forms of a telephone number share: +7 999 and 8 999
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ROMAN_FORM = re.compile("(?=[ivxl])(?:xl|l?x{0,3})(?:ix|iv|v?i{0,3})")


def amounts(written: str) -> tuple[Decimal, ...]:
    """The values of digits with separators: 1.200 is 1200 or 1.2, 2,5 is 2.5."""
    bare = re.sub(r"[\s']", "", written)
    if len(bare) > LONGEST:
        return ()
    if re.fullmatch(r"\d+", bare):
        return (Decimal(bare),)
    found = [Decimal(bare.replace(",", "").replace(".", ""))] if _is_grouped(bare) else []
    if re.fullmatch(r"\d+[.,]\d+", bare):
        found.append(Decimal(bare.replace(",", ".")))
    elif "," in bare and "." in bare:
        found = [Decimal(bare.replace(",", ""))]
    return tuple(found)


def _is_grouped(bare: str) -> bool:
    return re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:\.\d{3})+", bare) is not None


def in_dots(written: str) -> Iterator[Reading]:
    """What else 10.30 may be: a time, a day and its month; 05.2026 is a month."""
    first, dot, last = written.partition(".")
    if not dot or len(last) not in (2, 4) or len(first) > 2 or not (first + last).isdigit():
        return
    one, two = int(first), int(last)
    if len(last) == 4:
        yield from [Date(one, year=two)] if 1 <= one <= 12 and 1900 <= two <= 2100 else []
        return
    if is_day(one, two):
        yield Date(two, one)
    if one < 24 and two < 60:
        yield Clock(one, two)


def iso(written: str) -> Iterator[Reading]:
    """A date as 2026-05-01."""
    year, month, day = map(int, written.split("-"))
    if is_day(day, month):
        yield Date(month, day, year)


def date(written: str) -> Iterator[Reading]:
    """A date as 01.05.2026 or 5/1/26: with slashes the day may stand first or second."""
    one, two, last = (int(part) for part in re.split("[./-]", written))
    year = last if last > 99 else 2000 + last if last < 70 else 1900 + last
    if is_day(one, two):
        yield Date(two, one, year)
    if "/" in written and is_day(two, one):
        yield Date(one, two, year)


def pair(written: str) -> Iterator[Reading]:
    """A pair as 5/1, which is a day too, or 1/2."""
    one, two = map(int, written.split("/"))
    if is_day(one, two):
        yield Date(two, one)
    if is_day(two, one):
        yield Date(one, two)
    if two and one < two:
        share = Decimal(one) / Decimal(two)
        yield Number(share)
        yield Number(share * 100, "percent")
    yield Code(frozenset([f"{one}/{two}"]))


def clock(written: str) -> Iterator[Reading]:
    """A time as 10:30 or 10:30:15; other pairs, such as 2:1, are a score."""
    parts = [int(part) for part in written.split(":")]
    if len(written.split(":")[1]) == 2 and parts[0] <= 24 and parts[1] < 60:
        yield Clock(parts[0] % 24, parts[1])
    yield Code(frozenset([":".join(map(str, parts))]))


def code(written: str) -> Code:
    """A code: look-alike letters are one, and the letters of both scripts that sound alike are one."""
    letters = re.split(r"(\d+)", re.sub(r"[\W_]", "", written.casefold()))
    sounded = "".join(part if part.isdigit() else skeletons(part)[0] for part in letters if part)
    return Code(frozenset([folded_code(written), sounded]))


def phone(written: str) -> Code:
    """A telephone number or another row of digits: the last ten tell it from others."""
    bare = re.sub(r"\D", "", written)
    return Code(frozenset([bare[-_PHONE:] if len(bare) in (10, 11, 12) else bare]))


def roman(word: str) -> int | None:
    """The value of a Roman numeral of I, V, X and L, also with the Cyrillic look-alikes; None for other words."""
    plain = word.lower().translate(str.maketrans("хіӏ", "xii"))
    if not word.isupper() or not _ROMAN_FORM.fullmatch(plain):
        return None
    values = [_ROMAN[sign] for sign in plain]
    return sum(-a if a < b else a for a, b in zip(values, [*values[1:], 0], strict=True))


def coded(written: str) -> Iterator[Reading]:
    """A code; a quarter such as Q3 is an ordinal as well."""
    yield code(written)
    if found := re.fullmatch(r"[Qq]([1-4])", written):
        yield Number(Decimal(found[1]))


def dotted(written: str) -> Iterator[Reading]:
    """Digits with several dots: thousands as 1.200.000, or a version."""
    yield from map(Number, amounts(written))
    yield Code(frozenset([written]))

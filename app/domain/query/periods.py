"""Days, months, years and ISO 8601 durations as users write them, and the times that they span, in UTC."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)

_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?")
_DOTS = re.compile(r"(?:(?:([0-9]{1,2})\.)?([0-9]{1,2})\.)?([0-9]{4})")  # 05.11.2026, 11.2026
_SHORT = re.compile(r"([0-9]{1,6})([hdw])", re.I)  # as `search --since` takes them
_DURATION = re.compile(
    r"P(?:([0-9]{1,6})Y)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})W)?(?:([0-9]{1,6})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,6})S)?)?",
    re.I,
)
_UNITS = "YMWDHMS"
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(Z|z|[+-][0-9]{2}:?(?:[0-9]{2})?)?"
)


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a month or a day. month and day: None where the period is longer."""

    year: int
    month: int | None = None
    day: int | None = None

    def __str__(self) -> str:
        parts = (f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None))
        return "-".join(parts)

    @property
    def start(self) -> datetime:
        """The first moment. ValueError for a period that no calendar has."""
        return datetime(self.year, self.month or 1, self.day or 1, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        """The first moment after it, at the latest LAST."""
        try:
            if self.day is not None:
                return self.start + timedelta(days=1)
            return months_later(self.start, 12 if self.month is None else 1)
        except OverflowError:
            return LAST


def period(text: str) -> Period | None:
    """Parses 2026, 2026-11, 2026-11-05, 11.2026 or 05.11.2026; None for another form or a day that does not exist."""
    iso, dots = _ISO.fullmatch(text), _DOTS.fullmatch(text)
    parts = iso.groups() if iso else dots.groups()[::-1] if dots else None
    if parts is None:
        return None
    year, month, day = (int(part) if part else None for part in parts)
    found = Period(year or 0, month, day)
    try:
        return found if found.start else None
    except ValueError:
        return None


def duration(text: str) -> str | None:
    """The ISO 8601 form, without zeros, of P1W, PT6H or 30d, 12h, 4w; None for another form and for no time at all."""
    short = _SHORT.fullmatch(text)
    if short:
        text = f"PT{short[1]}H" if short[2] in "hH" else f"P{text}"
    amounts = _amounts(text)
    if not amounts or not any(amounts):
        return None
    written = [f"{amount}{unit}" if amount else "" for amount, unit in zip(amounts, _UNITS, strict=True)]
    days, time = "".join(written[:4]), "".join(written[4:])
    return f"P{days}T{time}" if time else f"P{days}"


def ago(text: str, now: datetime) -> datetime:
    """The moment a canonical duration before `now`, at the earliest FIRST.

    A month or year back keeps the day, or takes the last day of a shorter month.
    """
    years, months, weeks, days, hours, minutes, seconds = _amounts(text)
    try:
        day = months_later(now.astimezone(UTC), -12 * years - months)
        return day - timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return FIRST


def _amounts(text: str) -> tuple[int, ...]:
    """Years, months, weeks, days, hours, minutes and seconds of a duration; empty for another text."""
    found = _DURATION.fullmatch(text)
    return tuple(int(amount or 0) for amount in found.groups()) if found else ()


def months_later(start: datetime, months: int) -> datetime:
    """The same day in another month, or its last day. OverflowError outside the years 1 to 9999."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError(f"the year {year}")
    return start.replace(year=year, month=month + 1, day=min(start.day, calendar.monthrange(year, month + 1)[1]))


def moment(text: str) -> datetime | None:
    """Parses a day with a time, as 2026-11-05T12:30+03:00, in UTC by default; None for another form."""
    found = _MOMENT.fullmatch(text)
    try:
        parsed = datetime.fromisoformat(f"{found[1]}T{found[2]}{(found[3] or 'Z').upper()}") if found else None
        return parsed and parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None

"""The wait that a server asks for in its answer."""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 86_400.0  # seconds; a later date means that the server's clock is wrong
RESETS = re.compile(r"^(?:x-|anthropic-)?ratelimit-(?:reset(?:-(?P<after>\w+))?|(?P<before>\w+)-reset)$")
MOMENTS = ((1e11, 1000.0), (1e9, 1.0))  # numbers from here on are no spans but moments, in so many parts of a second
SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")  # of 6m0s and 120ms
UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, as a number or a date in its header; None without such a wait.

    A wait of 0 or one that is over names none: a call at once would be turned away again.
    """
    by_seconds = _ahead(headers.get("retry-after", ""), _number, _date, _span, _iso)
    return _ahead(headers.get("retry-after-ms", ""), lambda text: _number(text) / 1000) or by_seconds


def rate_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until a server that refuses a call (429) takes calls again; None if it does not say.

    Without Retry-After: until the end of the limit that is used up, of several the last.
    """
    return retry_after(headers) or _reset({name.lower(): value for name, value in headers.items()})


def _reset(headers: Mapping[str, str]) -> float | None:
    waits: dict[str, float] = {}
    for name, value in headers.items():
        if (match := RESETS.match(name)) and (wait := _ahead(value, _span, _moment, _iso, _date)):
            waits[match["after"] or match["before"] or ""] = wait
    used_up = [wait for limit, wait in waits.items() if _left(headers, limit) == 0]
    return max(used_up or waits.values(), default=None)


def _left(headers: Mapping[str, str], limit: str) -> float:
    """The calls or tokens that are left of a limit; NaN if the server does not say."""
    tail = f"-{limit}" if limit else ""
    names = [f"{begin}ratelimit-remaining{tail}" for begin in ("x-", "")] + [f"anthropic-ratelimit-{limit}-remaining"]
    return next((_number(headers[name]) for name in names if name in headers), math.nan)


def _ahead(value: str, *forms: Callable[[str], float]) -> float | None:
    """The wait in the first form that the value has, in seconds; None for one that is over."""
    found = (form(value.strip()) for form in forms)
    seconds = next((one for one in found if not math.isnan(one)), math.nan)
    return min(seconds, LONGEST_WAIT) if math.isfinite(seconds) and seconds > 0 else None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _span(text: str) -> float:
    """A span in units, as 6m0s."""
    parts = SPAN.findall(text.lower())
    whole = "".join(f"{number}{unit}" for number, unit in parts)
    if not parts or whole != text.lower().replace(" ", ""):
        return math.nan
    return float(sum(float(number) * UNITS[unit] for number, unit in parts))


def _moment(text: str) -> float:
    """A number: a span in seconds, or a moment in seconds or milliseconds of the epoch."""
    number = _number(text)
    for least, parts in MOMENTS:
        if number >= least:
            return number / parts - datetime.datetime.now(datetime.UTC).timestamp()
    return number


def _iso(text: str) -> float:
    try:
        return _until(datetime.datetime.fromisoformat(text))
    except ValueError:
        return math.nan


def _date(text: str) -> float:
    try:
        return _until(parsedate_to_datetime(text))
    except (ValueError, TypeError, IndexError, OverflowError):
        return math.nan


def _until(when: datetime.datetime) -> float:
    return (when.replace(tzinfo=when.tzinfo or datetime.UTC) - datetime.datetime.now(datetime.UTC)).total_seconds()

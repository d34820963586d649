"""The wait that a server asks for in its answer."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 86_400.0  # seconds; a later date means that the server's clock is wrong


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, as a number or a date in its header; None without the header."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value)
    return min(max(0.0, seconds), LONGEST_WAIT) if math.isfinite(seconds) else None


def _until(date: str) -> float:
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return math.nan
    return (when.replace(tzinfo=when.tzinfo or datetime.UTC) - datetime.datetime.now(datetime.UTC)).total_seconds()

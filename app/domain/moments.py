"""Parses a moment in time in the forms that users write: a date, or a span before now."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment(text: str, now: datetime) -> datetime | None:
    """Parses a date (2026-05-01, optionally with a time; UTC by default) or a span before now (12h, 30d, 4w).

    None for any other form, and for a date that no calendar has.
    """
    span = re.fullmatch(r"(\d{1,6})([hdw])", text.strip())
    try:
        if span is not None:
            return now - int(span[1]) * SPANS[span[2]]
        found = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)

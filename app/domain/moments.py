"""Moments as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

SPANS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def moment(text: str, now: datetime) -> datetime | None:
    """A date (2026-05-01, with a time if need be; UTC unless it says otherwise) or a span before now (12h, 30d, 4w).

    None for anything else, and for what no calendar has.
    """
    span = re.fullmatch(r"(\d{1,6})([hdw])", text.strip())
    try:
        if span is not None:
            return now - int(span[1]) * SPANS[span[2]]
        found = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)

"""Publications as lines of JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from app.domain.export.records import Record


def to_line(record: Record) -> str:
    """One line, without a line end inside. Times are ISO texts in UTC."""
    return json.dumps(asdict(record), ensure_ascii=False, separators=(",", ":"), default=_plain)


def iso(moment: datetime | None) -> str | None:
    """A time in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def _plain(value: Any) -> str | None:
    if isinstance(value, datetime):
        return iso(value)
    raise TypeError(f"no JSON for {type(value).__name__}")

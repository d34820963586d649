"""Converts a TL object to JSON that PostgreSQL can store."""

from __future__ import annotations

import base64
import math
from datetime import datetime
from typing import Any

# Needed for requests only, and valid for one account and a few hours: MediaDescriptor.location has fresh ones.
LEFT_OUT = frozenset({"access_hash", "file_reference"})
VISIBLE_NUL = "\\u0000"  # six characters: jsonb has no NUL, and without them its loss would be invisible


def to_json(value: Any) -> Any:
    """The value with bytes in base64, times in ISO 8601, and without NUL, NaN or infinity.

    Objects of TL become dictionaries with their type under "_".
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value.replace("\x00", VISIBLE_NUL)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {to_json(str(key)): to_json(item) for key, item in value.items() if key not in LEFT_OUT}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    return to_json(value.to_dict()) if hasattr(value, "to_dict") else repr(value)

"""Removes from answers and questions the values that PostgreSQL refuses. Imports no HTTP client."""

from __future__ import annotations

import math
from typing import Any


def storable(value: Any) -> Any:
    """The same JSON without values that PostgreSQL refuses in JSONB: NUL, lone surrogates, NaN and infinity.

    Some servers write NaN among their timings.
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    return [storable(one) for one in value] if isinstance(value, list | tuple) else value

"""The root span of a publication's trace: its id, and the values that spans carry."""

from __future__ import annotations

from collections.abc import Mapping

Attributes = Mapping[str, str | int | float]


def root_of(trace_id: str) -> str:
    """The span id of the trace's root: the half of a UUID that is never zero, for its variant stands there."""
    return trace_id[16:]

"""The root span of a publication's trace: its id, and the type of span attributes."""

from __future__ import annotations

from collections.abc import Mapping

Attributes = Mapping[str, str | int | float]


def root_of(trace_id: str) -> str:
    """The span id of the trace's root: the second half of the UUID, which holds its variant and so is never zero."""
    return trace_id[16:]

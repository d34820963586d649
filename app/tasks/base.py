"""What all tasks share: keys travel as JSON lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.domain.flow import Key


def keys_of(raw: Iterable[Sequence[int]]) -> list[Key]:
    """[[subject, revision], ...] of a message -> keys."""
    return [(int(subject), int(revision)) for subject, revision in raw]

"""Recognises text that addresses a machine with instructions."""

from __future__ import annotations

from collections.abc import Sequence


def is_order(text: str) -> bool:
    """Whether a span addresses a machine with instructions instead of telling a reader something."""
    return False


def untrusted(texts: Sequence[str]) -> bool:
    """Whether a document has an order to a machine in any of its fields: none of it is evidence then."""
    return any(map(is_order, texts))

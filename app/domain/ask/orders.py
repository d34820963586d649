"""Recognises text that addresses a machine with instructions."""

from __future__ import annotations


def is_order(text: str) -> bool:
    """Whether a span addresses a machine with instructions instead of telling a reader something."""
    return False

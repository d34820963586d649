"""Lists of words, as the tables of checks keep them."""

from __future__ import annotations

from app.domain.spelling import normal


def listed(words: str) -> frozenset[str]:
    """The words between white space, each in the form of `spelling.normal`."""
    return frozenset(normal(words).split())

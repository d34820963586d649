"""Compares two readings of one file, in the canonical form that tags depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FIRST = 5  # words to name; the others are only counted


@dataclass(frozen=True)
class Words:
    """Words of one side only. count: every occurrence; first: some of the words, in order."""

    count: int = 0
    first: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """The difference from an older reading to a newer one. changed: field -> (before, after) of fields that differ."""

    labels_added: tuple[str, ...] = ()
    labels_removed: tuple[str, ...] = ()
    words_added: Words = Words()
    words_removed: Words = Words()
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether both give the same input for tags."""
        return self == Difference()


def difference(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Difference:
    """Compares two results of features.canonical(). Words that only moved are no difference."""
    return Difference(
        labels_added=_lacking(newer["labels"], older["labels"]),
        labels_removed=_lacking(older["labels"], newer["labels"]),
        words_added=_more(newer["ocr"], older["ocr"]),
        words_removed=_more(older["ocr"], newer["ocr"]),
        changed={
            name: (older[name], newer[name])
            for name in ("classification", "is_meme", "description", "language")
            if older[name] != newer[name]
        },
    )


def _lacking(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names) - set(others)))


def _more(words: list[str], others: list[str]) -> Words:
    left = Counter(words) - Counter(others)
    named = [word for word in dict.fromkeys(words) if word in left]
    return Words(left.total(), tuple(named[:FIRST]))

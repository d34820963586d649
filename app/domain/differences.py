"""What two readings of one file say differently, in the form that tags depend on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

FIRST = 5  # words that are named; the rest are counted


@dataclass(frozen=True)
class Words:
    """Words of one side only. count: each as often as it stands there; first: some of them, in order."""

    count: int = 0
    first: tuple[str, ...] = ()


@dataclass(frozen=True)
class Difference:
    """From an older reading to a newer one. changed: field -> (before, after); empty where nothing differs."""

    labels_added: tuple[str, ...] = ()
    labels_removed: tuple[str, ...] = ()
    words_added: Words = Words()
    words_removed: Words = Words()
    changed: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    @property
    def nothing(self) -> bool:
        """Whether tags would be made from the same."""
        return self == Difference()


def difference(older: Mapping[str, Any], newer: Mapping[str, Any]) -> Difference:
    """Both are features.canonical(); words that only moved are no difference."""
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

"""Quotes and sentences that were invented for the checks: good ones, and bad ones of each kind.

A line is: kind, language of the question, quote (empty where the sentence is its own), sentence; of the kinds
`foreign_quote` and `quote`: span and quote. The first set was written before the checks were mended. The second one was
written after the first version of the checks, and scored once before any change; the third one after the checks passed
both, and scored once before any other change; the fourth one in the same way after the third.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

SETS = ("first", "second", "third", "fourth")
Row = tuple[str, str, str]  # language, quote, sentence


@cache
def _lines() -> tuple[tuple[str, ...], ...]:
    """All lines of all sets; `\\u200b` stands for a sign that cannot be seen."""
    found: list[tuple[str, ...]] = []
    for name in SETS:
        text = (Path(__file__).parent / f"{name}.tsv").read_text(encoding="utf-8")
        found += [tuple(map(_plain, line.split("\t"))) for line in text.split("\n") if line]
    return tuple(found)


def _plain(field: str) -> str:
    return re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), field)


def pairs(kind: str) -> list[Row]:
    """The lines of a kind in all sets."""
    return [(language, quote, sentence) for one, language, quote, sentence in _lines() if one == kind]


def quoted(kind: str) -> list[tuple[str, str]]:
    """(quote, sentence) of a kind; of quotes: (span, quote)."""
    return [(quote, sentence) for _, quote, sentence in pairs(kind)]


def texts(kind: str) -> list[tuple[str, str]]:
    """(language, sentence) of a kind."""
    return [(language, sentence) for language, _, sentence in pairs(kind)]

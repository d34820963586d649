"""Near-equal texts: stars around the earliest text of each, as look-alikes are stars of pictures.

Two texts are near if they share most of their runs of three words (Broder, "On the resemblance and containment of
documents", 1997). The smallest hashes of each text find those to compare with, so no pair of all is compared.
"""

from __future__ import annotations

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from app.domain.tags import fold

RUN = 3  # words: two that stand together are often a phrase of the language
LOOKED_AT = 60  # words of a text: copies differ in what they add at the end
SKETCH = 16  # of two texts that share .6 of their runs, fewer than 1 pair in a million shares none of 16 each
NEAR = 0.6  # of all runs of both: one word of thirty changed leaves .8, a footer of ten words behind thirty .74
CROWD = 50  # stars that one hash leads to: a run that more share is a footer
COMPARED = 8  # stars that a text is compared with

_WORD = re.compile(r"\w+")

Runs = frozenset[int]


def words(text: str) -> tuple[str, ...]:
    """The words by which texts are compared: folded, without signs."""
    return tuple(_WORD.findall(fold(text)))


def runs(some: Sequence[str]) -> Runs:
    """Hashes of all runs of the first words; the words as one run where there are fewer than three."""
    head = some[:LOOKED_AT]
    starts = range(max(1, len(head) - RUN + 1)) if head else ()
    return frozenset(zlib.crc32(" ".join(head[start : start + RUN]).encode()) for start in starts)


def are_near(one: Runs, other: Runs) -> bool:
    """Whether two texts are near. Two empty ones are not."""
    return bool(one) and len(one & other) >= NEAR * len(one | other)


def stars(texts: Iterable[Runs]) -> list[int]:
    """For each text the number of the earlier text at the centre of its star, or its own.

    It joins the star that it shares most hashes with, of equal ones the earliest; no chain of small steps leads from
    one text to another.
    """
    centres: list[int] = []
    known: dict[int, Runs] = {}
    by_hash: dict[int, list[int]] = defaultdict(list)
    for number, one in enumerate(texts):
        sketch = sorted(one)[:SKETCH]
        shared = Counter(centre for key in sketch for centre in by_hash.get(key, ()))
        best = sorted(shared, key=lambda centre: (-shared[centre], centre))[:COMPARED]
        found = next((centre for centre in best if are_near(one, known[centre])), number)
        centres.append(found)
        if found == number:
            known[number] = one
            for key in sketch:
                if len(by_hash[key]) < CROWD:
                    by_hash[key].append(number)
    return centres

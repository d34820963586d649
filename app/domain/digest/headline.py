"""The sentence that stands for a line: the one nearest to the centre of its posts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

FEWEST = 3  # words that say something: a shorter sentence is a cry or a name
LONGEST = 300  # characters: a longer one is an unbroken text, not a headline


@dataclass(frozen=True)
class Candidate:
    """A sentence as it stands in a post. piece: what it is a copy of. start: characters before it in its field.

    stems: its words without endings and without those that say nothing.
    """

    publication_id: int
    piece: int
    start: int
    text: str
    stems: frozenset[str]


def nearest(candidates: Sequence[Candidate]) -> Candidate | None:
    """The sentence with the highest cosine to the sum of all pieces, of equal ones the first given; None without one.

    A stem weighs as many pieces as have it. Where there is one piece, its first sentence is the nearest: news begin
    with their subject.
    """
    fit = [one for one in candidates if len(one.stems) >= FEWEST and len(one.text) <= LONGEST] or list(candidates)
    weights = Counter(stem for _, stem in {(one.piece, stem) for one in candidates for stem in one.stems})
    if len({one.piece for one in candidates}) < 2:
        return fit[0] if fit else None
    return max(fit, key=lambda one: sum(weights[stem] for stem in one.stems) / sqrt(len(one.stems) or 1), default=None)

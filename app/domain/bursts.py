"""Tags that burst: their share of all tags in a recent window is well above that in the past before it.

The measure is G2, the log-likelihood ratio of two frequencies: T. Dunning, "Accurate Methods for the Statistics of
Surprise and Coincidence" (Computational Linguistics 19(1), 1993), in the form of P. Rayson and R. Garside, "Comparing
Corpora using Frequency Profiling" (2000). It holds for rare tags too, where a deviation in standard deviations does
not: a past of 0 needs no constant that is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import NormalDist

LEAST_CHANNELS = 3  # in the window: a channel that tags alike day by day is no trend
LEAST_SCORE = 15.13  # chi-squared with one degree of freedom, p < 0.0001: thousands of tags are tested at once
LEAST_RISE = 2.0  # times its expected uses: in a large archive a rise of a few percent has a high score, too


@dataclass(frozen=True)
class TagUse:
    """A tag: its publications in the window and in the past before it; the channels that use it in the window."""

    tag: str
    recent: int
    past: int
    channels: int


@dataclass(frozen=True)
class TagUses:
    """Some tags, and the sums of `recent` and `past` over all tags of the archive."""

    tags: Sequence[TagUse]
    recent: int
    past: int


@dataclass(frozen=True)
class Burst:
    """A tag that bursts. expected: its publications in the window, were its share that of the past. score: its G2."""

    tag: str
    recent: int
    expected: float
    channels: int
    score: float


def least_score(tests: int, chance: float) -> float:
    """The least score of a burst if so many tags are tested and any of them may seem to burst with this chance only.

    That is Bonferroni's correction: chi-squared with one degree of freedom, p < chance / tests.
    """
    return NormalDist().inv_cdf(1 - chance / max(1, tests) / 2) ** 2


def bursts(uses: TagUses, least: float = LEAST_SCORE) -> list[Burst]:
    """The tags that burst, the highest score first. Without a past none does: there is nothing to compare with.

    least: score of a burst.

    With a and b the uses of a tag in the window and in the past, c and d those of all tags:
    E1 = c (a + b) / (c + d), E2 = d (a + b) / (c + d), G2 = 2 (a ln(a / E1) + b ln(b / E2)).
    """
    if not uses.past:
        return []
    found = [_burst(use, uses.recent, uses.past) for use in uses.tags if use.channels >= LEAST_CHANNELS and use.recent]
    risen = [one for one in found if one.recent >= LEAST_RISE * one.expected and one.score >= least]
    return sorted(risen, key=lambda one: (-one.score, one.tag))


def _burst(use: TagUse, all_recent: int, all_past: int) -> Burst:
    score = log_likelihood(use.recent, use.past, all_recent / (all_recent + all_past))
    return Burst(use.tag, use.recent, all_recent * use.past / all_past, use.channels, score)


def log_likelihood(recent: int, past: int, share: float) -> float:
    """G2 of uses in the window and in the past. share: of the window in all that could be used, 0 < share < 1."""
    uses = recent + past
    return 2 * (_part(recent, uses * share) + _part(past, uses * (1 - share)))


def _part(observed: int, expected: float) -> float:
    return observed * log(observed / expected) if observed else 0.0

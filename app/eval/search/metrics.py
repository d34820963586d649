"""Measures of a ranked list: pure functions of its documents and of the grades."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import log2

NDCG_DEPTH = 10
DEPTH = 20  # of recall and of the reciprocal rank; more is not asked of the engine


def ndcg(found: Sequence[str], grades: Mapping[str, int], depth: int = NDCG_DEPTH) -> float:
    """Normalised discounted cumulated gain, from 0 to 1: the gain of the list as a share of the best possible one.

    The gain of grade g is 2^g - 1, divided by log2(1 + rank). Discount: Järvelin and Kekäläinen, Cumulated gain-based
    evaluation of IR techniques, ACM TOIS 20(4), 2002. Gain: Burges and others, Learning to rank using gradient descent,
    ICML 2005. A document counts at its first place only.
    """
    best = _gain(sorted(grades.values(), reverse=True)[:depth])
    once = list(dict.fromkeys(found))
    return _gain(grades.get(name, 0) for name in once[:depth]) / best if best else 0.0


def _gain(grades: Iterable[int]) -> float:
    return sum((2.0**grade - 1) / log2(1 + rank) for rank, grade in enumerate(grades, start=1))


def recall(found: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """The share of the documents with a grade above 0 that are among the first `depth`."""
    relevant = {name for name, grade in grades.items() if grade > 0}
    return len(relevant & set(found[:depth])) / len(relevant) if relevant else 0.0


def reciprocal_rank(found: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """1 / rank of the first document with a grade above 0; 0 if none is among the first `depth`.

    Its mean over queries is MRR: Voorhees, The TREC-8 question answering track report, 1999.
    """
    ranks = (1 / rank for rank, name in enumerate(found[:depth], start=1) if grades.get(name, 0) > 0)
    return next(ranks, 0.0)

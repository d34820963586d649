"""Scores of a run: the mean of each measure over the queries of a type, and the answers to nonsense."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.eval.search.labelled import NONSENSE, Query
from app.eval.search.metrics import ndcg, recall, reciprocal_rank

ALL = "all"


@dataclass(frozen=True)
class Answer:
    """The answer of one part of the engine to one query: names of documents, the best first."""

    query: Query
    part: str
    found: tuple[str, ...]


@dataclass(frozen=True)
class Score:
    """Means over a number of queries, each from 0 to 1."""

    queries: int
    ndcg: float
    recall: float
    mrr: float


@dataclass(frozen=True)
class Noise:
    """Nonsense queries that got an answer. hits: how many publications they got together."""

    queries: int
    answered: int
    hits: int


def score(answers: Sequence[Answer]) -> Score:
    """The means over these answers; there is at least one."""

    def mean(measure: Callable[..., float]) -> float:
        return statistics.fmean(measure(one.found, one.query.grades) for one in answers)

    return Score(len(answers), mean(ndcg), mean(recall), mean(reciprocal_rank))


def noise(answers: Iterable[Answer]) -> Noise:
    """Counts the nonsense queries among these answers, and those with any hit."""
    counts = [len(one.found) for one in answers if one.query.type == NONSENSE]
    return Noise(len(counts), sum(count > 0 for count in counts), sum(counts))


def by_group(answers: Iterable[Answer], group: Callable[[Query], str]) -> dict[str, Score]:
    """The scores of each group, and of all, in the order of the set; without nonsense, which has no right document."""
    sensible = [one for one in answers if one.query.type != NONSENSE]
    names = dict.fromkeys(group(one.query) for one in sensible)
    groups = {name: score([one for one in sensible if group(one.query) == name]) for name in names}
    return groups | ({ALL: score(sensible)} if sensible else {})


def plain(answers: Sequence[Answer]) -> dict[str, Any]:
    """All scores as JSON by half and part, and each answer of the half `tune`: those of the other half stay unseen."""
    keys = dict.fromkeys((one.query.split, one.part) for one in answers)
    scores: dict[str, dict[str, Any]] = {}
    for split, part in keys:
        some = [one for one in answers if (one.query.split, one.part) == (split, part)]
        scores.setdefault(split, {})[part] = {
            "types": _rows(by_group(some, lambda query: query.type)),
            "languages": _rows(by_group(some, lambda query: query.language)),
            NONSENSE: vars(noise(some)),
        }
    return {"scores": scores, "answers": [_answer(one) for one in answers if one.query.split == "tune"]}


def _rows(scores: dict[str, Score]) -> dict[str, dict[str, Any]]:
    return {name: vars(one) for name, one in scores.items()}


def _answer(one: Answer) -> dict[str, Any]:
    query = one.query
    about = {"query": query.text, "type": query.type, "language": query.language, "split": query.split}
    found = [{"name": name, "grade": query.grades.get(name, 0)} for name in one.found]
    missing = [name for name, grade in query.grades.items() if grade and name not in one.found]
    return {**about, "part": one.part, "found": found, "missing": missing}

"""The scores as JSON, and each answer of the half `tune`: those of the other half stay unseen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.eval.ask.attempts import Attempt
from app.eval.ask.baselines import OFFERED
from app.eval.ask.curves import area
from app.eval.ask.metrics import right
from app.eval.ask.report import by_method, failures, verdicts
from app.eval.ask.scores import at_levels, by_group, faith, refusals, wrongly_answered

SEEN = "tune"


def plain(attempts: Sequence[Attempt]) -> dict[str, Any]:
    """All scores by half and method, and each answer of the half that may be looked at."""
    halves = dict.fromkeys(one.question.split for one in attempts)
    scores = {split: _half([one for one in attempts if one.question.split == split]) for split in halves}
    seen = [one for one in attempts if one.question.split == SEEN and one.method != OFFERED]
    return {"scores": scores, "failures": failures(attempts), "answers": [_answer(one) for one in seen]}


def _half(attempts: Sequence[Attempt]) -> dict[str, Any]:
    methods = by_method(attempts)
    offered = by_group(methods.pop(OFFERED, []))
    return {
        "offered": {
            name: {"right": one.right, "recall": one.recall, "nuggets": one.nuggets} for name, one in offered.items()
        },
        "methods": {name: _method(some) for name, some in methods.items()},
        "compared": verdicts(methods),
    }


def _method(attempts: Sequence[Attempt]) -> dict[str, Any]:
    points = refusals(attempts)
    return {
        "groups": {name: vars(one) for name, one in by_group(attempts).items()},
        "unanswerable_answered": wrongly_answered(attempts),
        **vars(faith(attempts)),
        "levels": {
            str(level): {**vars(one), "unanswerable": wrong} for level, (one, wrong) in at_levels(attempts).items()
        },
        "area": area(points),
        "curve": [[point.refused, point.answered] for point in points],
    }


def _answer(one: Attempt) -> dict[str, Any]:
    question = one.question
    missing = [fact.fact for fact in question.nuggets if not any(right(c, q) for c in one.cited for q in fact.quotes)]
    return {
        "id": question.id,
        "question": question.text,
        "where": question.where,
        "method": one.method,
        "confidence": one.confidence,
        "sentences": [sentence.text for sentence in one.said],
        "cited": [
            {"post": place.post, "source": place.source, "right": any(right(place, q) for q in question.quotes)}
            for place in one.cited
        ],
        "missing": missing,
        "dropped": one.dropped,
    }

"""Fits the weights of app/domain/ask/weights.py to labelled examples, and prints them with their cross-validation.

A question and the features of its spans come from the same functions as an answer.
"""

from __future__ import annotations

import sys
from dataclasses import asdict

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler

from app import wiring
from app.adapters.answerer.extractive import Extractive
from app.domain.ask.choice import LEAD
from app.domain.ask.features import Features
from app.eval import archive
from app.eval.ask import run
from app.eval.ask.attempts import Offer
from app.eval.remembering import Remembering
from scripts.scorer.examples import labelled, rights

NAMES = tuple(Features.__dataclass_fields__)
LEVELS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


def fit(x: np.ndarray, y: np.ndarray, strength: float) -> tuple[np.ndarray, float]:
    """Weights and bias for features as they are. strength: that of scikit-learn, the inverse of L2."""
    scaler = StandardScaler().fit(x)
    model = LogisticRegression(C=strength, max_iter=500).fit(scaler.transform(x), y)
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def crossed(x: np.ndarray, y: np.ndarray, groups: np.ndarray, strength: float) -> np.ndarray:
    """The log odds of each row by weights that were fitted without its group."""
    odds = np.zeros(len(y))
    for known, asked in GroupKFold(10, shuffle=True, random_state=0).split(x, y, groups):
        weights, bias = fit(x[known], y[known], strength)
        odds[asked] = x[asked] @ weights + bias
    return odds


def measured(offers: list[Offer], answerer: Extractive) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features and rightness of all spans, and the place of the question of each."""
    rows, right, groups = [], [], []
    for number, offer in enumerate(offers):
        found = answerer.features(offer.given)
        rows += [list(asdict(one).values()) for one in found]
        right += rights(offer)
        groups += [number] * len(found)
    return np.array(rows, dtype=float), np.array(right), np.array(groups)


def best(odds: np.ndarray, right: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each question with a span: log odds of the best one and its lead; whether it is right."""
    rows, told = [], []
    for number in np.unique(groups):
        ranked = sorted(np.flatnonzero(groups == number), key=lambda place: -odds[place])
        second = odds[ranked[1]] if len(ranked) > 1 else -np.inf
        rows.append((odds[ranked[0]], min(LEAD, odds[ranked[0]] - second)))
        told.append(right[ranked[0]])
    return np.array(rows), np.array(told)


def main() -> None:
    embedder = Remembering(wiring.embedder())
    found = labelled()
    with archive.database() as engine:
        offers = run.offers(engine, found, found.questions, embedder)
    x, y, groups = measured(offers, Extractive(wiring.scorer(), embedder))
    weights, bias = fit(x, y, 0.1)
    print("SCORE =", {name: round(float(one), 2) for name, one in zip(NAMES, weights, strict=True)})
    print("BIAS =", round(bias, 2))
    tops, right = best(crossed(x, y, groups, 0.1), y, groups)
    counts, bias = fit(tops, right, 0.3)
    print("SCORE_COUNTS, LEAD_COUNTS, CONFIDENCE_BIAS =", *(round(float(one), 2) for one in (*counts, bias)))
    answerable = np.array([offers[number].question.answerable for number in np.unique(groups)])
    print(f"best span right for {right[answerable].mean():.2f} of the answerable")
    confidence = 1 / (1 + np.exp(-crossed(tops, right, np.arange(len(tops)), 0.3)))
    for level in LEVELS:
        said = confidence >= level
        print(
            f"from {level}: {said[answerable].mean():.2f} answered, {right[said & answerable].mean():.2f} right, "
            f"{said[~answerable].mean():.2f} of the unanswerable answered"
        )


if __name__ == "__main__":
    sys.exit(main())

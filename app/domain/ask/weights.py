"""The weights of the choice, by names of features.

Logistic regressions (L2 of 30 on standardised features) over the 150 questions of the half `tune` and the spans that
the search offered for them, rounded. By cross-validation the best span is right for 54 % of the answerable ones.
"""

from __future__ import annotations

# Log odds that a span answers.
SCORE = {
    "own": 2.6,
    "around": 1.4,
    "post": 3.0,
    "meaning": 5.5,
    "fits": 0.7,
    "fits_around": 1.5,
    "misses": -6.8,
    "number": 0.6,
    "ocr": 0.9,
    "rank": 0.9,
    "asks": -1.2,
}
BIAS = -7.6

# Log odds that the best span answers: its score, its lead over the next one, and features of it. The best of spans that
# hardly fit is still the best, so a score counts half here.
SCORE_COUNTS, LEAD_COUNTS = 0.57, 0.22
CONFIDENCE = {"around": -0.8, "misfits": -1.5}
CONFIDENCE_BIAS = 0.26

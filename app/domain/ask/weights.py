"""The weights of the choice, by names of features.

Logistic regressions (L2 of 10 on standardised features) over 450 questions, the half `tune` and the training questions
(`app/eval/content/ask_training_*.toml`), and the spans that the search offered for them, rounded. By cross-validation
the best span is right for 45 % of the answerable ones: .54 in one language, .42 from English to Russian, .13 back.
"""

from __future__ import annotations

# Log odds that a span answers.
SCORE = {
    "own": 2.58,
    "around": 1.08,
    "post": 4.84,
    "meaning": 5.8,
    "fits": 0.37,
    "fits_around": 0.9,
    "misses": -2.55,
    "misfits": -1.49,
    "number": 0.68,
    "ocr": 1.1,
    "rank": 0.76,
}
BIAS = -6.99

# Log odds that the best span answers: its score, its lead over the next one, and features of it, which count less here
# than in its score: the best of spans that hardly fit is still the best. Fitted for the most part to right answers, and
# to answerable questions beside: the first alone refuses no better than the similarity of the nearest post.
SCORE_COUNTS, LEAD_COUNTS = 0.7, 0.43
CONFIDENCE = {"around": -0.2, "misfits": -0.65, "meaning": -0.14}
CONFIDENCE_BIAS = -0.44

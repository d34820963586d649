"""The weights of the choice, by names of features.

Logistic regressions (L2 of 10 on standardised features) over 450 questions, the half `tune` and the training questions
(`app/eval/content/ask_training_*.toml`), and the spans that the search offered for them, rounded. The scorer has seen
neither. `scripts/scorer/weights.py` fits them. By cross-validation the best span is right for 62 % of the answerable
questions: .68 in one language, .59 from English to Russian, .45 back; without the scorer .46.
"""

from __future__ import annotations

# Log odds that a span answers.
SCORE = {"post": 4.84, "meaning": 3.9, "fits_around": 0.74, "misfits": -1.33, "ocr": 1.05, "score": 0.44}
BIAS = -1.8

# Log odds that the best span answers: its own log odds, and its lead over the next one. The features of it add nothing.
SCORE_COUNTS, LEAD_COUNTS, CONFIDENCE_BIAS = 0.42, 0.61, -0.31

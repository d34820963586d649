"""The weights of the choice, by names of features.

Logistic regressions (L2 of 10 on standardised features) over 450 questions, the half `tune` and the training questions
(`app/eval/content/ask_training_*.toml`), and the spans that the search offered for them, rounded. The scorer has seen
neither. `scripts/scorer/weights.py` fits them. By cross-validation the best span is right for 59 % of the answerable
questions: .64 in one language, .57 from English to Russian, .43 back; without the scorer .46.
"""

from __future__ import annotations

# Log odds that a span answers.
SCORE = {"post": 5.41, "meaning": 3.54, "fits_around": 1.04, "misfits": -1.48, "ocr": 1.2, "score": 0.42}
BIAS = -2.32

# Log odds that the best span answers: its own log odds, and its lead over the next one. The features of it add nothing.
SCORE_COUNTS, LEAD_COUNTS, CONFIDENCE_BIAS = 0.49, 0.5, -0.09

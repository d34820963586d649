"""Scores sentences by reading them with the question: a small model in this package, for Russian, Ukrainian, English.

Answer sentence selection as in Garg and others, TANDA, AAAI 2020, over multilingual-e5-small (Wang and others,
Multilingual E5 text embeddings, 2024), which has these languages in one space. models/README.md tells how the file was
made, docs/adr/0020-scorer.md why.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.adapters import onnx
from app.adapters.scorer.inputs import Encode, inputs
from app.adapters.scorer.windows import windows
from app.process_singleton import process_singleton

MODELS = Path(__file__).parent / "models"
NEVER = -30.0  # of a span without a token, which has no likeness; the lowest of the labelled posts is -28.8
MODEL, VOCABULARY = MODELS / "answers.onnx", MODELS / "answers.spm"


_ONE_AT_A_TIME = threading.Lock()


@process_singleton
def _session() -> Any:
    """The model, once in a process however many adapters use it."""
    return onnx.session(MODEL)


@process_singleton
def _encoder() -> Encode:
    # Late: only a worker needs it; other processes ask for the version.
    import sentencepiece

    encode: Encode = sentencepiece.SentencePieceProcessor(model_file=str(VOCABULARY)).encode
    return encode


class E5Scorer:
    """Port SpanScorer. Safe to share by threads."""

    name = "e5-answers-2"

    def score(self, question: str, posts: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each span of each post the log odds that it answers the question."""
        with _ONE_AT_A_TIME:
            asked = plain(question)
            return [self._of_post(asked, post) for post in posts]

    def _of_post(self, asked: str, post: Sequence[str]) -> list[float]:
        scores = [0.0] * len(post)
        for window in windows([_encoder()(plain(span)) for span in post]):
            found = _session().run(None, inputs(_encoder(), asked, window))[0]
            for (_, _, place), score in zip(window.marks, found.tolist(), strict=True):
                scores[place] = score if math.isfinite(score) else NEVER
        return scores


def plain(text: str) -> str:
    """A text in capitals, as of posters and timetables, in small letters: the model knows few words otherwise."""
    letters = [sign for sign in text if sign.isalpha()]
    return text.lower() if sum(map(str.isupper, letters)) > len(letters) / 2 else text

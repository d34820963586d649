"""Scores sentences by reading them with the question: a small model in this package, for Russian, Ukrainian, English.

Answer sentence selection as in Garg and others, TANDA, AAAI 2020, over multilingual-e5-small (Wang and others,
Multilingual E5 text embeddings, 2024), which has these languages in one space. models/README.md tells how the file was
made, docs/adr/0020-scorer.md why.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from app.adapters.scorer.inputs import Encode, inputs
from app.adapters.scorer.windows import windows

MODELS = Path(__file__).parent / "models"
NEVER = -30.0  # of a span without a token, which has no likeness; the lowest of the labelled posts is -28.8
MODEL, VOCABULARY = MODELS / "answers.onnx", MODELS / "answers.spm"


class E5Scorer:
    """Port SpanScorer. Safe to share by threads."""

    name = "e5-answers-2"

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @cached_property
    def _session(self) -> Any:
        # Late, as the vocabulary below: 60 MB that only a worker needs; other processes ask for the version.
        import onnxruntime

        options = onnxruntime.SessionOptions()
        # One thread: the worker runs one child for each core, and more threads would only compete.
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        return onnxruntime.InferenceSession(str(MODEL), options, providers=["CPUExecutionProvider"])

    @cached_property
    def _encode(self) -> Encode:
        # Late: see above.
        import sentencepiece

        encode: Encode = sentencepiece.SentencePieceProcessor(model_file=str(VOCABULARY)).encode
        return encode

    def score(self, question: str, posts: Sequence[Sequence[str]]) -> list[list[float]]:
        """For each span of each post the log odds that it answers the question."""
        with self._lock:
            asked = plain(question)
            return [self._of_post(asked, post) for post in posts]

    def _of_post(self, asked: str, post: Sequence[str]) -> list[float]:
        scores = [0.0] * len(post)
        for window in windows([self._encode(plain(span)) for span in post]):
            found = self._session.run(None, inputs(self._encode, asked, window))[0]
            for (_, _, place), score in zip(window.marks, found.tolist(), strict=True):
                scores[place] = score if math.isfinite(score) else NEVER
        return scores


def plain(text: str) -> str:
    """A text in capitals, as of posters and timetables, in small letters: the model knows few words otherwise."""
    letters = [sign for sign in text if sign.isalpha()]
    return text.lower() if sum(map(str.isupper, letters)) > len(letters) / 2 else text

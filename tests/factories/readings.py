"""Readings of media files, their parts, and the recipes that made them."""

from __future__ import annotations

from typing import Any

from app.domain.reading import Label, Ocr, Reading, Recipe


def label(name: str, score: float = 0.9) -> Label:
    """One thing that is seen."""
    return Label(name=name, score=score)


def ocr(text: str, confidence: float | None = None) -> Ocr:
    """The words in a picture."""
    return Ocr(text=text, engine="test", confidence=confidence)


def reading(seen: str = "", words: str = "", **fields: Any) -> Reading:
    """A reading. seen: names of labels with blanks between them; words: in the picture, none when empty."""
    parts = {"labels": tuple(map(label, seen.split())), "ocr": ocr(words) if words else None}
    return Reading.model_validate({**parts, **fields})


def recipe(model: str, provider: str = "test", prompt_hash: str = "0" * 64) -> Recipe:
    """The identity of a provider that reads."""
    return Recipe(provider=provider, model=model, prompt_hash=prompt_hash)

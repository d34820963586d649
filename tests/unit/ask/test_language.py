"""The language of a question."""

from __future__ import annotations

import pytest

from app.domain.ask.language import language_of


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Когда откроют мост?", "ru"),
        ("Сколько стоит iPhone 17 Pro Max?", "ru"),
        ("что с Sheremetyevo", "ru"),
        ("Коли відкриють міст?", "uk"),
        ("Де парк?", "uk"),
        ("Хто переміг?", "uk"),
        ("Чому Львів без світла", "uk"),
        ("When does the bridge open?", "en"),
        ("Who is Тамара Ряшенцева and what did she say?", "en"),
        ("sheremetyevo fog", "en"),
        ("2026?", "ru"),
        ("", "ru"),
    ],
)
def test_letters_and_small_words_tell_the_language(question: str, language: str) -> None:
    assert language_of(question) == language

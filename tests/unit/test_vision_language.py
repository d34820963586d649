"""The language of a text: told by letters of its own, by the model where it is sure, else left open."""

from __future__ import annotations

import pytest

from app.adapters.vision.language import language


@pytest.mark.parametrize("text", ["Ты", "ВЫ", "это", "Это", "съел", "ОБЪЕМ", "ёж", "ЁЖ"])
def test_one_russian_letter_tells_russian_even_in_a_short_word(text: str) -> None:
    assert language(text) == "ru"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Музей закрыты ў панядзелак", "be"),
        ("ЁН ПАЙШОЎ ДА ХАТЫ", "be"),
        ("Ўсё ў Мінску", "be"),
        ("Ты ў", None),  # not Russian, and too short for the model
    ],
)
def test_a_short_u_is_never_russian(text: str, code: str | None) -> None:
    """Belarusian shares ы, э and ё with Russian."""
    assert language(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Сьогодні", "uk"),  # 8 letters
        ("Погода", None),  # 6
        ("Україна", "uk"),  # by a letter that no other language has
        ("The train", "en"),
        ("The trai", None),
        ("12_03_2026 The trai", None),  # digits and marks are no letters
    ],
)
def test_below_eight_letters_no_model_is_asked(text: str, code: str | None) -> None:
    assert language(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Taxi Hotel Bar", "en"),  # the model gives it 0.408
        ("Lorem ipsum", None),  # 0.12
        ("abc def ghi", None),  # 0.25
        ("Кафе Метро", "ru"),  # 0.53
        ("бла бла бла", None),  # 0.375
    ],
)
def test_what_the_model_is_unsure_of_is_left_open(text: str, code: str | None) -> None:
    assert language(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("мост über", "de"),  # as many Latin letters as Cyrillic ones
        ("зима море über", None),  # the model says German, of letters most of which are Cyrillic
        ("Министарство просвете објавило је нови календар", "sr"),
        ("Ang bata naglakaw ngadto sa merkado", None),  # Cebuano has no code of two letters
        ("МІНІСТЕРСТВО ОСВІТИ І НАУКИ УКРАЇНИ", "uk"),
        ("日本語のテキストです", "ja"),
    ],
)
def test_the_script_of_most_letters_bounds_the_answer(text: str, code: str | None) -> None:
    assert language(text) == code

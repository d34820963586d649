"""Codes inside pictures: one form for every way of writing them."""

from __future__ import annotations

import pytest

from app.domain.codes import folded_code, found_code, is_code


@pytest.mark.parametrize("seen", ["А123ВС 777", "a 123 bc 777", "A-123-BC/777", "а123вс777", "A123BC777"])
def test_a_number_plate_has_one_form_in_both_alphabets(seen: str) -> None:
    assert folded_code(seen) == "a123bc777"


@pytest.mark.parametrize("word", ["A123BC", "123", "№ 77-А", "covid19"])
def test_words_with_digits_are_codes(word: str) -> None:
    assert is_code(word)


@pytest.mark.parametrize("word", ["metro", "7", "a1", "2-я", "", "№"])
def test_others_are_none(word: str) -> None:
    assert not is_code(word)


@pytest.mark.parametrize(
    ("word", "text", "form"),
    [
        ("A123BC", "Билет № а 123 ВС, мест 2", "а 123 ВС"),
        ("7710777", "straße № 77-10-777.", "77-10-777"),
        ("A123BC", "А 123 ВХ", None),
    ],
)
def test_a_code_is_told_as_the_text_writes_it(word: str, text: str, form: str | None) -> None:
    assert found_code(word, text) == form

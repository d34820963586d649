"""Forms of Ukrainian words: made by rules, few, and none for words of other languages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ukrainian import forms

OWN = re.compile("[ґєії]")
MOST = 80


@pytest.mark.parametrize(
    ("word", "some"),
    [
        ("мостів", {"міст", "мостом", "мостами"}),
        ("зупинка", {"зупинці"}),
        ("зупинці", {"зупинка", "зупинок"}),
        ("лікарень", {"лікарня", "лікарнями"}),
        ("працює", {"працювати", "працювали"}),
        ("комп'ютер", {"комп'ютерів"}),
        ("об'єктів", {"об'єкт", "об'єктом"}),
    ],
)
def test_a_word_has_the_forms_of_its_class(word: str, some: set[str]) -> None:
    assert some <= set(forms(word))


@pytest.mark.parametrize(
    "word", ["parom", "который", "объезд", "рок", "год", "від", "ні", "", "а-б", "міст2", "ё", "її"]
)
def test_other_words_and_those_without_forms_stand_alone(word: str) -> None:
    assert forms(word) == ()


@pytest.mark.parametrize("word", ["паром", "книга", "новый", "газета", "переправа", "человек"])
def test_a_word_that_may_be_russian_finds_no_other_russian_one(word: str) -> None:
    assert all(OWN.search(form) for form in forms(word))


@given(st.text("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'", max_size=40))
def test_forms_are_few_and_never_the_word_itself(word: str) -> None:
    made = forms(word)
    assert len(made) == len(set(made)) <= MOST
    assert word not in made

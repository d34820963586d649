"""A sentence is in the language of its question; names and quoted words may be of any language."""

from __future__ import annotations

import pytest

from app.domain.ask.answer import AskInput, Sentence
from app.domain.ask.checks.language import other_language
from tests.unit.ask.pairs import texts

# Two words of which English has one: too little to tell.
UNTOLD = {("en", "Metro zakryto.")}
FOREIGN_WORDS_INSIDE = (
    ("ru", "Группа Imagine Dragons сыграла в клубе Sentrum."),
    ("ru", "Илон Маск написал: «The concert is over, see you in the next life»."),
    ("ru", "Роман «Тіні забутих предків» переиздали."),
    ("ru", "Компания Apple показала iPhone 17 Pro Max и Apple Watch Ultra."),
    ("ru", "В 2026 году — 15%."),
    ("ru", "42."),
    ("ru", "Да."),
    ("ru", "Нет."),
    ("en", "The film “Москва слезам не верит” was shown in the park."),
    ("en", "The word “спутник” became English."),
    ("en", "Yes."),
    ("en", "No injuries."),
    ("en", "Nina Petrova, Kyiv."),
    ("en", "The café on Champs-Élysées is closed."),
    ("uk", "Пісню «Белые розы» заборонили."),
    ("uk", "Компанія Google відкрила офіс у Варшаві."),
    ("uk", "Так."),
    ("uk", "Ні."),
    ("uk", "Концерт перенесено."),
    ("uk", "Прем'єра у п'ятницю."),
)


@pytest.mark.parametrize(("language", "text"), [row for row in texts("language") if row not in UNTOLD])
def test_other_languages_are_told(language: str, text: str) -> None:
    assert other_language(Sentence(text, ()), AskInput("?", language, ())) is not None


@pytest.mark.parametrize(("language", "text"), [*texts("good"), *FOREIGN_WORDS_INSIDE])
def test_the_language_of_the_question_passes(language: str, text: str) -> None:
    assert other_language(Sentence(text, ()), AskInput("?", language, ())) is None


@pytest.mark.parametrize("text", [text for _, text in texts("good") if len(text) > 30])
def test_one_text_is_of_one_language(text: str) -> None:
    fits = [one for one in ("ru", "en", "uk") if other_language(Sentence(text, ()), AskInput("?", one, ())) is None]
    assert len(fits) == 1

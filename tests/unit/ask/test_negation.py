"""A sentence that turns a word of its quotes is told, and paraphrases of a negation are not."""

from __future__ import annotations

import pytest

from app.domain.ask.answer import Cite, Sentence
from app.domain.ask.checks.negation import turned
from tests.unit.ask.pairs import quoted

GOOD = (
    *quoted("good"),
    ("Автобус не работает.", "Автобус перестал работать."),
    ("Не рекомендуют купаться.", "Рекомендуют не купаться."),
    ("Не только дети пострадали.", "Пострадали и дети."),
    ("Рейс не отменён.", "Рейс не отменили."),
    ("Вход запрещён.", "Вход не разрешён."),
    ("The road is not open.", "The road is closed."),
    ("Открыто не позднее 10 мая.", "Откроют до 10 мая."),
    ("Никто не пострадал.", "Пострадавших нет."),
    ("Не сообщается, кто победил.", "Имя победителя неизвестно."),
)
TURNED = (
    ("Рейс не отменён.", "Рейс отменён."),
    ("Рейс отменён.", "Рейс не отменён."),
    ("Мост не закроют в мае.", "В мае мост закроют."),
    ("The flight was not cancelled.", "The flight was cancelled."),
    ("The flight was cancelled.", "The flight wasn't cancelled."),
    ("Концерт не перенесли.", "Концерт перенесли."),
    ("Рейс не скасовано.", "Рейс скасовано."),
    ("Подозреваемый не признал вину.", "Подозреваемый признал вину."),
    ("Билеты не подорожают.", "Билеты подорожают."),
    ("The bridge will open.", "The bridge will not open."),
)


@pytest.mark.parametrize(("quote", "text"), GOOD)
def test_the_same_said_otherwise_passes(quote: str, text: str) -> None:
    assert turned(Sentence(text, (Cite(1, quote),))) is None


@pytest.mark.parametrize(("quote", "text"), TURNED)
def test_a_turned_word_is_told(quote: str, text: str) -> None:
    assert turned(Sentence(text, (Cite(1, quote),))) is not None

"""Loops of a model are cut; what pictures repeat stays."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.repetition import cut_loop

HEAD = "Совет депутатов утвердил бюджет города на три года вперёд."
VERSE = "Листья падают в сад,\nдождь стучит у окна,\nя вернулся назад,\nа в саду тишина.\n"
CHORUS = "Осень, осень, осень!\nМы тепла у тебя не просим.\n"


@pytest.mark.parametrize("at_limit", [True, False])
@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"{HEAD}\n" + "Скидка на всё до конца недели.\n" * 60, f"{HEAD}\nСкидка на всё до конца недели."),
        ("Скидка на всё до конца недели. " * 60 + "Скидка на", "Скидка на всё до конца недели."),
        ("Раз два три четыре пять. Вышел зайчик погулять, а охотник тут как тут. Ой. " * 12, None),
        ("слово " * 300, "слово"),
        ("Скидки!\n" + "Скидка 50%\n" * 80, "Скидки!\nСкидка 50%"),
        ("а" * 2000, "а"),
        ("Ура! " + "ха" * 700, None),
        ("____" * 1000, None),
        ("".join(f"{n}. Купить хлеб\n" for n in range(1, 60)), "1. Купить хлеб"),
        ("Список:\n" + "".join(f"{n}) Молоко\n" for n in range(1, 30)) + "30) Мол", None),
    ],
)
def test_a_loop_is_cut_to_its_first_occurrence(text: str, kept: str | None, at_limit: bool) -> None:
    if text.endswith("Мол") and not at_limit:
        return
    found = cut_loop(text, at_limit=at_limit)
    assert text.startswith(found)
    assert len(found) < 120
    assert kept is None or found == kept


@pytest.mark.parametrize("at_limit", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "ha ha ha ha ha ha",
        "Отсутствует | нет\n" * 8,
        "Скидка 50%\n" * 8,
        "Ааааааааааа!",
        "Хахахахахахахаха",
        VERSE + CHORUS + VERSE + CHORUS + VERSE + CHORUS * 2,
        "Na na na na, hey Jude\n" * 4,
        "Кофе 150 ₽\nЧай 100 ₽\nЧай 100 ₽\nСок 100 ₽\nСок 100 ₽\n",
        "".join(f"Комната {n}\n" for n in range(1, 40)),
        "".join(f"{n}. Иванов {chr(1040 + n)}. {chr(1050 + n)}.\n" for n in range(1, 20)),
        "| 0 | 0 | 0 | 0 |\n" * 12,
        "Да | Нет | Да\n" * 5,
        "Итого ............................ 500",
        "№ ____________________",
        "ПРОДАЁТСЯ " * 5,
        "\n".join(f"{hour}:00 Занятие" for hour in range(9, 21)),
    ],
)
def test_what_people_repeat_stays(text: str, at_limit: bool) -> None:
    assert cut_loop(text, at_limit=at_limit) == text


def test_a_watermark_that_ended_by_itself_stays() -> None:
    assert cut_loop("фотобанк " * 30) == "фотобанк " * 30


@given(st.text(max_size=300), st.booleans())
def test_the_rest_is_a_beginning(text: str, at_limit: bool) -> None:
    assert text.startswith(cut_loop(text, at_limit=at_limit))


@pytest.mark.parametrize(
    "text",
    ["ab" * 100_000, "ab" * 50_000 + "c", "1. x\n" * 40_000, "".join(chr(1000 + n % 50_000) for n in range(200_000))],
)
def test_a_long_text_takes_little_time(text: str) -> None:
    started = time.process_time()
    cut_loop(text)
    assert time.process_time() - started < 1

"""Each number, date and code of a sentence stands in its quotes, in whatever form."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.ask.answer import Cite, Sentence
from app.domain.ask.checks.numbers import foreign_number
from tests.unit.ask.pairs import quoted

SAME = (
    ("1 200", "1,200", "1.200", "1200", "1'200", "1,2 тыс.", "тысяча двести", "one thousand two hundred"),
    ("2,5 млн", "2.5 million", "2500000", "2 500 000", "два с половиной миллиона", "2 млн 500 тыс."),
    ("3 человека", "трое", "three people", "троє", "3 особи"),
    ("1 мая 2026", "May 1, 2026", "01.05.2026", "2026-05-01", "1st of May 2026", "1 травня 2026", "первого мая 2026"),
    ("2 мая", "May 2", "5/2", "2/5", "02.05", "2 травня"),
    ("в 10:30", "в 10.30", "at 10:30 am", "half past ten", "в половине одиннадцатого"),
    ("в 19:00", "в 7 вечера", "at 7 pm", "о 7 вечора", "в 19 часов", "at 7 p.m."),
    ("−5 градусов", "-5 °C", "минус 5", "minus five degrees", "5 градусов мороза"),
    ("15%", "15 процентов", "15 percent", "15 відсотків", "пятнадцать процентов"),
    ("XXI век", "21 век", "21st century", "двадцать первый век", "XXI століття"),
    ("$5", "5 долларов", "5 USD", "пять долларов", "5 доларів"),
    ("+7 999 123-45-67", "8 (999) 123-45-67", "8-999-123-45-67", "+79991234567"),
    ("А123ВС77", "A123BC77", "А 123 ВС 77", "а123вс77"),
    ("Су-35", "Su-35", "СУ-35"),
    ("в среду", "on Wednesday", "у середу"),
    ("90 минут", "полтора часа", "1,5 часа", "1.5 hours", "90 minutes"),
    ("50%", "половина", "1/2", "½"),
    ("5-7 мая", "с 5 по 7 мая", "May 5-7", "5 и 7 мая"),
)
NO_NUMBERS = (
    ("Поезд ушёл.", "Один из поездов ушёл первым."),
    ("Все довольны.", "No one is unhappy, and one can see why."),
    ("Она победила.", "Она впервые победила, и это первый успех."),
    ("They may march.", "They may march in the second half, or may not."),
)


def fault(quote: str, text: str) -> str | None:
    return foreign_number(Sentence(text, (Cite(1, quote),)))


@pytest.mark.parametrize(("quote", "text"), quoted("good"))
def test_good_sentences_pass(quote: str, text: str) -> None:
    assert fault(quote, text) is None


@pytest.mark.parametrize(("quote", "text"), quoted("number"))
def test_wrong_numbers_are_told(quote: str, text: str) -> None:
    assert fault(quote, text) is not None


@pytest.mark.parametrize("forms", SAME)
def test_forms_of_one_number_are_equal(forms: tuple[str, ...]) -> None:
    wrong = [(one, other) for one in forms for other in forms if fault(f"Это {one}.", f"Это {other}.")]
    assert wrong == []


@pytest.mark.parametrize("place", range(len(SAME)))
def test_other_numbers_are_different(place: int) -> None:
    others = [form for row in (*SAME[:place], *SAME[place + 1 :]) for form in row]
    alike = [(other, SAME[place][0]) for other in others if fault(f"Это {other}.", f"Это {SAME[place][0]}.") is None]
    assert alike == []


@pytest.mark.parametrize(("quote", "text"), NO_NUMBERS[:2])
def test_words_that_count_nothing_pass(quote: str, text: str) -> None:
    assert fault(quote, text) is None


def test_a_year_is_held_to_the_quotes_only_if_the_sentence_has_it() -> None:
    assert fault("Открытие 1 мая 2026 года.", "Откроют 1 мая.") is None
    assert fault("Открытие 1 мая.", "Откроют 1 мая 2026 года.") is not None
    assert fault("План 2026: открытие 1 мая.", "Откроют 1 мая 2026 года.") is None


def test_a_number_may_stand_in_any_of_the_quotes() -> None:
    sentence = Sentence(
        "Билеты стоят 300 рублей, начало в 18:00.", (Cite(1, "Начало в 18:00."), Cite(2, "300 рублей."))
    )
    assert foreign_number(sentence) is None


def test_no_number_runs_across_two_quotes() -> None:
    sentence = Sentence("Пришли 1 200 человек.", (Cite(1, "Пришёл 1"), Cite(2, "200 человек")))
    assert foreign_number(sentence) is not None


@settings(max_examples=30)
@given(value=st.integers(1000, 999_999_999))
def test_every_way_to_group_digits_is_equal(value: int) -> None:
    forms = [str(value), *(f"{value:,}".replace(",", sign) for sign in (",", ".", " ", "\u00a0", "\u202f", "'"))]
    assert [form for form in forms for other in forms if fault(f"Всего {other} штук.", f"Всего {form} штук.")] == []


@given(value=st.decimals(0, 9999, places=2), other=st.decimals(0, 9999, places=2))
def test_decimals_are_equal_or_different(value: Decimal, other: Decimal) -> None:
    comma = f"Вес {value} кг.".replace(".", ",", 1)
    assert fault(comma, f"It weighs {value} kg.") is None
    if value != other:
        assert fault(comma, f"It weighs {other} kg.") is not None


@given(day=st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_every_form_of_a_date_is_equal(day: date) -> None:
    assert fault(f"Дата: {day:%d.%m.%Y}.", f"Дата: {day}.") is None


@given(one=st.integers(2, 10**6), other=st.integers(2, 10**6))
def test_another_number_is_always_told(one: int, other: int) -> None:
    told = fault(f"Пришли {one} человек.", f"Пришли {other} человек.") is not None
    assert told is (one != other)

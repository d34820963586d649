"""Each name of a sentence stands in its quotes: declined, transliterated or translated."""

from __future__ import annotations

import pytest

from app.domain.ask.answer import Cite, Sentence
from app.domain.ask.checks.names import foreign_name
from tests.unit.ask.pairs import quoted

# A man's name in the genitive is a woman's in the nominative.
UNTOLD = {("Александр Иванов победил.", "Александра Иванова победила.")}
SAME = (
    ("Ниной Петровой", "Нина Петрова", "Nina Petrova", "Ніна Петрова", "Ніною Петровою"),
    ("Ивана Смирнова", "Иван Смирнов", "Ivan Smirnov", "Іван Смирнов", "Иваном Смирновым"),
    ("Зеленского", "Зеленский", "Зеленський", "Зеленським", "Zelensky", "Zelenskyy", "Zelenskiy"),
    ("Шевченко", "Шевченка", "Шевченком", "Shevchenko"),
    ("Киеве", "Київ", "Києва", "Kyiv", "Kiev", "Киев"),
    ("Москву", "Москва", "Moscow", "Москви"),
    ("Харькова", "Харків", "Харкові", "Kharkiv", "Kharkov"),
    ("Санкт-Петербурге", "Петербург", "Saint Petersburg", "St. Petersburg"),
    ("Нью-Йорке", "Нью-Йорк", "New York"),
    ("НАТО", "NATO"),
    ("ООН", "UN", "Организация Объединённых Наций", "United Nations"),
    ("США", "USA", "the US", "United States"),
    ("Юрия Шевчука", "Юрий Шевчук", "Yuri Shevchuk", "Юрій Шевчук"),
    ("Байден", "Biden", "Байдена", "Байденом"),
    ("Трампом", "Trump", "Трамп"),
    ("Джонсона", "Johnson", "Джонсон"),
    ("Чайковского", "Чайковский", "Tchaikovsky", "Chaikovsky"),
    ("Якутске", "Yakutsk", "Якутск"),
    ("Samsung", "Самсунг"),
    ("Гугл", "Google"),
)


def fault(quote: str, text: str) -> str | None:
    return foreign_name(Sentence(text, (Cite(1, quote),)))


@pytest.mark.parametrize(("quote", "text"), quoted("good"))
def test_good_sentences_pass(quote: str, text: str) -> None:
    assert fault(quote, text) is None


@pytest.mark.parametrize(("quote", "text"), [row for row in quoted("name") if row not in UNTOLD])
def test_swapped_names_are_told(quote: str, text: str) -> None:
    assert fault(quote, text) is not None


@pytest.mark.parametrize("forms", SAME)
def test_forms_of_one_name_are_equal(forms: tuple[str, ...]) -> None:
    wrong = [(one, other) for one in forms for other in forms if fault(f"О том — {one}.", f"О том — {other}.")]
    assert wrong == []


@pytest.mark.parametrize("place", range(len(SAME)))
def test_other_names_are_different(place: int) -> None:
    others = [form for row in (*SAME[:place], *SAME[place + 1 :]) for form in row]
    alike = [
        (other, SAME[place][0]) for other in others if fault(f"Это о {other}.", f"Это о {SAME[place][0]}.") is None
    ]
    assert alike == []


def test_the_detail_names_the_name() -> None:
    assert fault("Мост открыл Собянин.", "Мост открыл Беглов.") == "its quotes lack the name “Беглов”"


def test_parts_of_two_names_are_no_name() -> None:
    quote = "Иван Петров поздравил Анну Сидорову."
    assert fault(quote, "Её поздравил Иван Петров.") is None
    assert fault(quote, "Их поздравил Иван Сидоров.") is not None
    assert fault("Иван и Анна Сидоровы уехали.", "Уехал Иван Сидоров.") is None


def test_months_and_weekdays_are_no_names() -> None:
    assert fault("The show is on 3.05.", "The show is in May, on Friday.") is None


def test_a_quote_in_small_letters_has_names() -> None:
    assert fault("иван петров приехал в киев", "Иван Петров приехал в Киев.") is None

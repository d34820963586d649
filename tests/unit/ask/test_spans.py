"""Spans of documents: sentences as they stand, each letter in one of them."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.ask.answer import Source
from app.domain.ask.cuts import WORD
from app.domain.ask.spans import MOST, SourceTexts, spans_of, split

PIECES = st.sampled_from(
    [
        *"аяАЯёiIїz09.!?…,:;-—«»()\"'\n\r\t \u2028\x00\ud800\u0301😀№@#/",
        " ул. ", "т.е. ", " г. ", "И. О. ", " Mr. ", " e.g. ", "10:30", " 1.5 ", "https://a.b/c?d=1.2 ",
        "\n- ", "\n1. ", "\n\n", ". ", "! ", " слово" * 60, "х" * 700, "✅ ", "🎉🎉",
    ]
)  # fmt: skip


def texts(text: str) -> list[str]:
    return [sentence for _, sentence in split(text)]


def post(text: str, ocr: str = "", description: str = "", id_: int = 1) -> SourceTexts:
    return SourceTexts(id_, text, ocr, description)


@given(st.lists(PIECES, max_size=30).map("".join))
@example("«" * 50_000)
@example("а. " * 5_000)
def test_spans_stand_in_order_and_hold_every_letter_and_digit(text: str) -> None:
    found = split(text)
    end = 0
    left = []
    for start, sentence in found:
        assert text[start : start + len(sentence)] == sentence
        assert start >= end
        assert sentence == sentence.strip()
        left.append(text[end:start])
        end = start + len(sentence)
    left.append(text[end:])
    assert not any(map(str.isalnum, "".join(left)))
    assert all(len(sentence) <= WORD for _, sentence in found)


@given(st.lists(st.text(alphabet="абвгдежз", min_size=1, max_size=40), min_size=1, max_size=200))
@example(["слово"] * 200)
def test_a_long_text_without_points_is_cut_between_words(words: list[str]) -> None:
    parts = texts(" ".join(words))
    assert [word for part in parts for word in part.split()] == words
    assert all(len(part) <= 300 for part in parts)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Закрыта ул. Ленина, д. 5. Объезд по пр. Мира.", ["Закрыта ул. Ленина, д. 5.", "Объезд по пр. Мира."]),
        ("Цена 1.5 тыс. руб. за кв. м в г. Пермь. Много.", ["Цена 1.5 тыс. руб. за кв. м в г. Пермь.", "Много."]),
        ("Книгу написал А. С. Пушкин. Её читают.", ["Книгу написал А. С. Пушкин.", "Её читают."]),
        ("Приём 12.05.2026 в 10.30. Тел. 8 800 555-35-35.", ["Приём 12.05.2026 в 10.30.", "Тел. 8 800 555-35-35."]),
        ("Mr. Ray paid $3.50, e.g. cash. U.S. trade fell.", ["Mr. Ray paid $3.50, e.g. cash.", "U.S. trade fell."]),
        ("Школа на вул. Франка, буд. 7. Квиток 50 грн.", ["Школа на вул. Франка, буд. 7.", "Квиток 50 грн."]),
        ("Смотрите https://t.me/x?y=1.2 и приходите! Ждём.", ["Смотрите https://t.me/x?y=1.2 и приходите!", "Ждём."]),
        ("привет! магазин закрыт. завтра откроем", ["привет!", "магазин закрыт.", "завтра откроем"]),
        ("Приложение OLHA.GO уже работает. Ура", ["Приложение OLHA.GO уже работает.", "Ура"]),
    ],
)  # fmt: skip
def test_abbreviations_numbers_and_addresses_end_no_sentence(text: str, sentences: list[str]) -> None:
    assert texts(text) == sentences


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("🔥 Скидки\n— хлеб 50 руб.\n• молоко 80 руб.\n✅ сыр", ["Скидки", "хлеб 50 руб.", "молоко 80 руб.", "сыр"]),
        ("1. Раз\n2) Два", ["1. Раз", "2) Два"]),
        ("Бутерброд 190\nс 6:00 и до вечера", ["Бутерброд 190", "с 6:00 и до вечера"]),
        ("кофе 3.50\nчай 2.00", ["кофе 3.50", "чай 2.00"]),
        ("Взрослый . . . . 420 р.\nДетский . . 210 р.", ["Взрослый . . . . 420 р.", "Детский . . 210 р."]),
        ("ПОСАДОЧНЫЙ ТАЛОН\nМЕСТО 14C\nПОСАДКА 06:35", ["ПОСАДОЧНЫЙ ТАЛОН", "МЕСТО 14C", "ПОСАДКА 06:35"]),
        ("Ночью -5°C.\n-10 утром", ["Ночью -5°C.", "-10 утром"]),
    ],
)
def test_each_line_of_a_list_is_a_span_without_its_bullet(text: str, lines: list[str]) -> None:
    assert texts(text) == lines


@pytest.mark.parametrize(
    "text",
    [
        "The museum is open from Tuesday to\nSunday, free entry on the first\nday of the month.",
        "Вход в парк закрыт до окончания\nремонта фонтана",
        "МАГАЗИН РАБОТАЕТ\nДО 20:00",
        "Сбор у входа в\nПарк Горького",
        "Адрес:\nул. Ленина, 5",
    ],
)
def test_a_sentence_that_is_wrapped_over_lines_is_one_span(text: str) -> None:
    assert texts(text) == [text]


def test_no_text_takes_long() -> None:
    started = time.process_time()
    for text in ("«" * 300_000, "А. " * 33_000, "слово " * 16_000, "\n" * 100_000, "а\n" * 50_000, "х" * 100_000):
        split(text)
    assert time.process_time() - started < 15  # seconds: 2 are usual, 27 if quotes cost the square of their number


def test_spans_are_numbered_and_lead_back_to_their_fields() -> None:
    documents = [
        post("Мост закрыт. Объезд по набережной.", "ОБЪЕЗД\nс 5 мая", "bridge\nМост и река\nIMG_1.jpg", id_=7),
        post("Мост закрыт.", id_=9),
    ]
    spans = spans_of(documents)
    assert [one.number for one in spans] == list(range(1, len(spans) + 1))
    assert [(one.passage, one.publication_id) for one in spans] == [(1, 7)] * 7 + [(2, 9)]
    fields = {
        Source.POST: documents[0].post,
        Source.OCR: documents[0].ocr,
        Source.DESCRIPTION: documents[0].description,
    }
    for one in spans[:-1]:
        assert fields[one.source][one.start : one.start + len(one.text)] == one.text
    assert [one.text for one in spans if one.source is Source.DESCRIPTION] == ["bridge", "Мост и река", "IMG_1.jpg"]


def test_a_repetition_inside_a_post_is_left_out_and_one_in_another_post_stays() -> None:
    spans = spans_of([post("Мост закрыт. МОСТ ЗАКРЫТ.", "мост  закрыт."), post("Мост закрыт.", id_=2), post("👍 !")])
    assert [(one.publication_id, one.text) for one in spans] == [(1, "Мост закрыт."), (2, "Мост закрыт.")]


@pytest.mark.parametrize(
    ("question", "needle"),
    [
        ("Сколько стоят билеты на паром?", "Билет на паром стоит 900 рублей."),
        ("How do I get to Sheremetyevo?", "Поезд идёт до Шереметьева полчаса."),
        ("Что было в 1943 году?", "Завод построен в 1943 году."),
    ],
)
def test_a_long_post_keeps_the_sentence_that_shares_words_with_the_question(question: str, needle: str) -> None:
    filler = [f"Предложение о погоде и дожде, всего {n}." for n in range(3_000, 3_600)]
    documents = [post(" ".join([*filler, needle, *filler[:50]])), post("Второй пост короткий.", id_=2)]
    spans = spans_of(documents, question)
    assert len(spans) == MOST
    assert needle in [one.text for one in spans]
    assert spans[-1].text == "Второй пост короткий."
    assert [one.start for one in spans[:-1]] == sorted(one.start for one in spans[:-1])


@given(st.lists(st.lists(PIECES, max_size=12).map("".join), max_size=5), st.text(max_size=40))
def test_any_documents_and_question_give_spans_that_can_be_found_again(parts: list[str], question: str) -> None:
    documents = [post(text, text[::-1], text, id_) for id_, text in enumerate(parts)]
    for one in spans_of(documents, question):
        document = documents[one.passage - 1]
        field = {Source.POST: document.post, Source.OCR: document.ocr}.get(one.source, document.description)
        assert field[one.start : one.start + len(one.text)] == one.text
        assert document.publication_id == one.publication_id

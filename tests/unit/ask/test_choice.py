"""The choice of sentences: the one that tells, none twice, in order, and nothing where nothing tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ask.answer import AskInput, Span
from app.domain.ask.choice import MOST, Choice, choose, is_repetition
from app.domain.ask.evidence import evidence
from app.domain.ask.features import Near
from app.domain.ask.spans import SourceTexts, spans_of
from app.domain.ask.terms import Term, terms, worth
from app.domain.ask.wanted import Wanted, wanted


def asked(question: str, *posts: str, language: str = "ru") -> AskInput:
    documents = [SourceTexts(number, text, "", "") for number, text in enumerate(posts, 1)]
    return AskInput(question, language, spans_of(documents, question))


def chosen(given: AskInput, least: float = 0.0, near: list[float | None] | None = None) -> Choice:
    return choose(given, Near(near or [None] * len(given.spans), lambda one, other: 0.0), least)


def first(question: str, *posts: str) -> str:
    return max(chosen(asked(question, *posts)).sentences, key=lambda one: len(one.cites)).text


FERRY = (
    "Паром на Кижи ходит с мая. Билет на паром стоит 900 рублей. Отправление в 8:10 от причала. Капитан — Нина Котова."
)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Сколько стоит билет на паром?", "Билет на паром стоит 900 рублей."),
        ("Во сколько отправление парома?", "Отправление в 8:10 от причала."),
        ("Кто капитан парома?", "Капитан — Нина Котова."),
    ],
)
def test_a_sentence_with_the_wanted_value_is_chosen(question: str, sentence: str) -> None:
    assert sentence in [one.text for one in chosen(asked(question, FERRY, "Погода в Кижах хорошая.")).sentences]


def test_one_sentence_of_two_posts_is_said_once_and_cites_both() -> None:
    given = asked("Когда откроют мост?", "Мост откроют 5 мая.", "Новости. МОСТ ОТКРОЮТ 5 МАЯ.")
    (sentence,) = chosen(given).sentences
    assert {given.spans[cite.span - 1].publication_id for cite in sentence.cites} == {1, 2}


def test_a_second_post_that_says_the_same_takes_no_confidence_away() -> None:
    question, post = "Когда откроют мост?", "Мост откроют 5 мая."
    other = "Мост откроют после ремонта."
    assert (
        chosen(asked(question, post, post, other)).confidence >= chosen(asked(question, post, other)).confidence - 0.1
    )


def test_sentences_with_other_numbers_are_no_repetitions() -> None:
    assert is_repetition("Мост откроют 5 мая", "мост  откроют 5 мая!")
    assert not is_repetition("Мост откроют 5 мая", "Мост откроют 6 мая")
    assert not is_repetition("Мост откроют", "Школу закроют")


def test_an_answer_without_any_word_of_the_question_has_less_confidence() -> None:
    right = chosen(asked("Когда откроют мост через Лену?", "Мост через Лену откроют 5 мая."))
    other = chosen(asked("Когда откроют мост через Лену?", "Пекарня печёт хлеб с шести утра."))
    lacking = chosen(asked("Когда откроют мост через Лену?", "Мост через Лену красивый."))
    assert right.confidence > lacking.confidence
    assert right.confidence > other.confidence


def test_below_the_least_confidence_nothing_is_said_but_the_confidence_is_told() -> None:
    given = asked("Когда откроют мост?", "Мост откроют 5 мая.")
    confidence = chosen(given).confidence
    assert chosen(given, least=confidence).sentences
    refused = chosen(given, least=confidence + 0.001)
    assert refused == Choice((), confidence)


def test_the_nearer_in_meaning_of_two_spans_wins() -> None:
    given = asked("Где вода?", "Колодец рядом с церковью.", "Магазин рядом с почтой.")
    assert chosen(given, near=[0.1, 0.7]).sentences[0].text == "Магазин рядом с почтой."
    assert chosen(given, near=[0.7, 0.1]).sentences[0].text == "Колодец рядом с церковью."


def test_words_that_mean_the_same_count_across_languages() -> None:
    given = asked("Where is the market?", "Школа за рекой.", "Рынок за рекой.", language="en")
    near = Near([None, None], lambda one, other: 0.95 if (one, other) == ("market", "рынок") else 0.2)
    assert choose(given, near, 0.0).sentences[0].text == "Рынок за рекой."


TEXTS = st.text(st.sampled_from("мост паром 59:₽.!?\n«»Aaё😀"), max_size=60)


@given(TEXTS, st.lists(TEXTS, max_size=8), st.sampled_from(["ru", "en", "uk"]))
def test_whatever_is_asked_each_sentence_quotes_whole_offered_spans(
    question: str, posts: list[str], language: str
) -> None:
    given = asked(question, *posts, language=language)
    choice = chosen(given)
    assert choice == chosen(given)
    assert 0 <= choice.confidence <= 1
    assert len(choice.sentences) <= MOST
    assert bool(choice.sentences) == bool(given.spans)
    numbers = [cite.span for one in choice.sentences for cite in one.cites]
    assert len(numbers) == len(set(numbers))
    texts = {span.number: span.text for span in given.spans}
    assert all(texts[cite.span] == cite.quote for one in choice.sentences for cite in one.cites)
    assert [one.cites[0].quote for one in choice.sentences] == [one.text for one in choice.sentences]
    leads = [min(cite.span for cite in one.cites) for one in choice.sentences]
    assert leads == sorted(leads)


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("Когда и во сколько стоит прийти?", {Wanted.WHEN, Wanted.TIME, Wanted.MONEY}),
        ("Почём хлеб?", {Wanted.MONEY}),
        ("Почему закрыли мост?", {Wanted.WHY}),
        ("Кто и где нашёл клад?", {Wanted.WHO}),
        ("Сколько котят родилось?", {Wanted.COUNT}),
        ("Скільки коштує квиток?", {Wanted.MONEY}),
        ("Де парк?", {Wanted.WHERE}),
        ("How long does the repair take?", {Wanted.LASTING}),
        ("What is it like?", set()),
    ],
)
def test_the_kind_of_answer_is_read_from_the_question(question: str, kinds: set[Wanted]) -> None:
    assert set(wanted(question)) <= kinds
    assert bool(wanted(question)) == bool(kinds)


@pytest.mark.parametrize(
    ("kind", "text", "without"),
    [
        (Wanted.WHEN, "Откроют 5 мая", "Откроют мост"),
        (Wanted.TIME, "Вход с 10:30", "Вход свободен"),
        (Wanted.MONEY, "Билет £12 each", "Билет у кассира"),
        (Wanted.PHONE, "т. 8-911-000-18-64", "телефон узнайте на месте"),
        (Wanted.WHO, "Её спас Пётр Лыков", "Её спас прохожий из Ярославля"),
        (Wanted.WHERE, "Сбор на площади Мира", "сбор завтра"),
        (Wanted.LASTING, "Ремонт займёт две недели", "Ремонт идёт"),
        (Wanted.COUNT, "родились трое котят", "родились котята"),
        (Wanted.WHY, "Закрыли из-за ветра", "Закрыли мост"),
    ],
)
def test_evidence_is_a_value_of_the_kind(kind: Wanted, text: str, without: str) -> None:
    assert evidence(text, [kind]) == 1
    assert evidence(without, [kind]) == 0


def test_a_number_or_name_of_the_question_is_no_answer_to_it() -> None:
    assert evidence("ЧАЙКА-2", [Wanted.COUNT], {"чайка", "2"}) == 0
    assert evidence("ЧАЙКА-2: 96 мест", [Wanted.COUNT], {"чайка", "2"}) == 1


def term(word: str, language: str) -> Term:
    (found,) = terms(word, language)
    return found


@pytest.mark.parametrize(
    ("one", "other", "least"),
    [
        (("билетов", "ru"), ("билет", "ru"), 1.0),
        (("Кижгору", "ru"), ("Кижгоры", "ru"), 1.0),
        (("тролейбусів", "uk"), ("тролейбус", "uk"), 1.0),
        (("tickets", "en"), ("ticket", "en"), 1.0),
        (("Шереметьево", "ru"), ("Sheremetyevo", "en"), 0.8),
        (("Хэллиск", "ru"), ("Hallisk", "en"), 0.8),
        (("ремонтный", "ru"), ("ремонт", "ru"), 0.6),
    ],
)
def test_forms_names_and_roots_of_words_are_recognised(
    one: tuple[str, str], other: tuple[str, str], least: float
) -> None:
    assert worth(term(*one), term(*other)) >= least


@pytest.mark.parametrize(("one", "other"), [("мост", "рост"), ("12", "13"), ("паром", "парк"), ("1,5", "15")])
def test_other_words_and_numbers_are_worth_nothing(one: str, other: str) -> None:
    assert worth(term(one, "ru"), term(other, "ru")) == 0


def test_a_span_of_a_single_number_breaks_nothing() -> None:
    given = AskInput("?", "ru", (Span(1, 1, 1, spans_of([SourceTexts(1, "12", "", "")])[0].source, 0, "12"),))
    assert chosen(given).sentences[0].text == "12"

"""Tags as models write them: lists in one string, numbers, prefixes, places of tags, and two forms of one word."""

from __future__ import annotations

import pytest

from app.adapters.tagger.llm.answer import found
from app.domain.plurals import is_plural, once
from app.domain.spoken_tags import split
from app.domain.vocabulary import parse_vocabulary
from tests.factories.answers import tag_answer
from tests.factories.posts import post


@pytest.mark.parametrize(
    ("raw", "tags"),
    [
        ("парк, лес; река", ["парк", "лес", "река"]),
        ("#парк#лес #река", ["парк", "лес", "река"]),
        ("1. парк", ["парк"]),
        ("2) парк", ["парк"]),
        ("3.парк", ["парк"]),
        ("- парк", ["парк"]),
        ("•парк", ["парк"]),
        ("tag: парк", ["парк"]),
        ("Тег 1: парк", ["парк"]),
        ("tags: парк, лес", ["парк", "лес"]),
        ("Ключевые слова: парк, лес", ["парк", "лес"]),
        ("«парк»", ["парк"]),
        ('"парк"', ["парк"]),
        ("1. «парк», 2. «лес»", ["парк", "лес"]),
        ("c#", ["csharp"]),
        ("C#, F#", ["csharp", "fsharp"]),
        (".NET", ["dotnet"]),
        ("c++", ["c++"]),
        ("5g", ["5g"]),
        ("covid-19", ["covid-19"]),
        ("3d-печать", ["3d-печать"]),
        ("1с:предприятие", ["1с:предприятие"]),
        ("1,5 млн", ["1,5 млн"]),
        ("роман 1984", ["роман 1984"]),
        ("12 стульев", ["12 стульев"]),
        ("2.0", ["2.0"]),
        ("тег-команда", ["тег-команда"]),
        (" , ;", []),
    ],
)
def test_one_string_with_several_tags(raw: str, tags: list[str]) -> None:
    assert split(raw) == tags


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('["парк", "лес", "река"]', ["парк", "лес", "река"]),
        ("Here: ['парк', 'лес']", ["парк", "лес"]),
        ('"парк, лес, река"', ["парк", "лес", "река"]),
        ('"[\\"парк\\", \\"лес\\"]"', ["парк", "лес"]),
        ("парк, лес, река", ["парк", "лес", "река"]),
        ("#парк #лес", ["парк", "лес"]),
        ("Here are the tags: #парк #лес. Enjoy!", ["парк", "лес"]),
        ("(1) парк\n(2) лес", ["парк", "лес"]),
        ("Теги: парк, лес", ["парк", "лес"]),
        ("1. парк\n2. лес", ["парк", "лес"]),
        ("Tags:\n- парк\n- лес", ["парк", "лес"]),
        ('{"Tags": ["парк"]}', ["парк"]),
        ('{"теги": ["парк"]}', ["парк"]),
        ('{"result": ["парк", "лес"]}', ["парк", "лес"]),
        ('{"answer": {"tags": ["парк"]}}', ["парк"]),
        ('[{"tags": ["парк"]}]', ["парк"]),
        ('{"tags": [{"tag": "парк"}, {"name": "лес", "score": 0.9}]}', ["парк", "лес"]),
        ('{"tags": {"парк": 0.9, "лес": 0.8}}', ["парк", "лес"]),
        ('{"tags": {"tag1": "парк", "tag2": "лес"}}', ["парк", "лес"]),
        ("{tags: [парк, лес]}", ["парк", "лес"]),
        ("{'tags': ['парк', 'лес',]}", ["парк", "лес"]),
        ('{"tags": ["парк", "лес"', ["парк", "лес"]),
        ('{"tags": ["tag1", "tag2"]} as asked: {"tags": ["парк"]}', ["парк"]),
        ('{"tags": ["парк"]}. The form was {"tags": ["tag1", "..."]}', ["парк"]),
        ('We need {"tags": [...]}.</think>{"tags": ["парк"]}', ["парк"]),
        ('{"tags": ["парк", "none", "нет", "n/a", "null", "string", "tag1", "..."]}', ["парк"]),
        ('{"tags": ["none"]}', []),
        ('{"tags": null}', []),
    ],
)
def test_an_answer_in_another_form_costs_no_repair(text: str, tags: list[str]) -> None:
    answer = tag_answer(text=text, document=post("Да"))
    read = found(answer, None)
    assert list(read.tags) == tags
    assert read.problems(answer, None) == ()


@pytest.mark.parametrize(
    "text",
    [
        "Извините, но я не могу",
        "К сожалению, увы, не могу",
        "Sorry, I cannot, no",
        "I see a park, a wood.",
        "см. [сайт](http://x.ru)",
    ],
)
def test_sentences_are_no_tags(text: str) -> None:
    read = found(tag_answer(text=text), None)
    assert (read.tags, len(read.misformed)) == ((), 1)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ('{"tags": ["' + "парк " * 100 + '"]}', ("парк",)),
        ('{"tags": [' + '"парк", "лес", ' * 300 + '"парк"]}', ("парк", "лес")),
    ],
)
def test_a_loop_is_told_and_its_tags_count_once(text: str, tags: tuple[str, ...]) -> None:
    answer = tag_answer(text=text, document=post("Да"))
    read = found(answer, None)
    assert (read.tags, read.problems(answer, None)) == (tags, ("tags: repeats itself",))


def test_the_place_of_a_tag_is_one_where_the_post_speaks_of_it() -> None:
    document = post("String theory by example")
    assert found(tag_answer("string", "example", "tag1", document=document), None).tags == ("string", "example")


def test_an_answer_at_its_limit_is_cut_although_only_a_bracket_is_missing() -> None:
    cut = tag_answer(text='{"tags": ["парк", "лес", "река"', finish="length")
    assert found(cut, None).misformed


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        (["парки", "парк"], ["парк"]),
        (["парк", "парки"], ["парк"]),
        (["новость", "лес", "новости"], ["новость", "лес"]),
        (["люди", "человек"], ["человек"]),
        (["дома", "дом"], ["дом"]),
        (["новые школы", "новая школа"], ["новая школа"]),
        (["технологии", "технология"], ["технология"]),
        (["books", "Book", "BOOKS"], ["book"]),
        (["cities", "city"], ["city"]),
        (["children", "child"], ["child"]),
        (["новини", "новина"], ["новина"]),
        (["місто", "міста"], ["місто"]),
        (["Нью-Йорк", "нью йорк"], ["нью-йорк"]),
        (["e-mail", "email"], ["e-mail"]),
        (["covid-19", "covid 19", "COVID19"], ["covid-19"]),
        (["парки"], ["парки"]),
        (["газ", "газа"], ["газ", "газа"]),
        (["банк", "банка"], ["банк", "банка"]),
        (["new", "news"], ["new", "news"]),
        (["good", "goods"], ["good", "goods"]),
        (["выбор", "выборы"], ["выбор", "выборы"]),
        (["граждане", "гражданин"], ["гражданин"]),
        (["суд", "судья"], ["суд", "судья"]),
        (["физик", "физика"], ["физик", "физика"]),
        (["economy", "economics"], ["economy", "economics"]),
        (["build", "building"], ["build", "building"]),
        (["кот", "код"], ["кот", "код"]),
    ],
)
def test_two_forms_of_one_word_are_one_tag(tags: list[str], kept: list[str]) -> None:
    assert list(found(tag_answer(*tags), None).tags) == kept


def test_a_vocabulary_keeps_its_own_form() -> None:
    plural = parse_vocabulary("парки\nлес", "prefer")
    assert found(tag_answer("парк", "парки", "мост"), plural).tags == ("парки", "мост")


def test_a_plural_is_one_of_the_same_word() -> None:
    assert is_plural("учителя", "учитель")
    assert not is_plural("учитель", "учителя")
    assert once(["кот", "коты", "кошки", "кошка"]) == ["кот", "кошка"]

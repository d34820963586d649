"""Words of both scripts that sound the same have the same key, whatever scheme they are written in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.spelling import Candidate, choose
from app.domain.transliteration import latin, skeleton, skeletons


@pytest.mark.parametrize(
    ("word", "schemes"),
    [
        ("шереметьево", "sheremetyevo sheremetevo sheremet'evo sheremetievo šeremetʹevo"),
        ("пелевин", "pelevin"),
        ("юлия", "yulia yuliya julia iuliia iuliya juliia"),
        ("щука", "shchuka schuka"),
        ("чайковский", "chaikovsky tchaikovsky chaykovskiy chajkovskij"),
        ("достоевский", "dostoevsky dostoyevsky dostoevskiy dostoevskii"),
        ("хабаровск", "khabarovsk habarovsk"),
        ("жуков", "zhukov"),
        ("церковь", "tserkov cerkov tserkov'"),
        ("королев", "korolev korolyov korolyev"),
        ("яндекс", "yandex iandeks jandeks"),
        ("объект", "obekt ob'ekt obyekt"),
        ("александр", "aleksandr alexandr"),
        ("київ", "kyiv kyyiv kyjiv"),
        ("харків", "kharkiv harkiv"),
        ("григорій", "hryhorii grigorij hryhoriy"),
        ("запоріжжя", "zaporizhzhia zaporizhzhya"),
        ("щербина", "shcherbyna scherbina"),
        ("ростелеком", "rostelecom rostelekom"),
        ("доктор", "doctor doktor"),
        ("никсон", "nixon nickson nikson"),
        ("агата", "agatha agata"),
        ("кристи", "christie kristi"),
        ("кинетик", "keenetic kinetik"),
        ("зоопарк", "zoopark"),
        ("алексеев", "alekseev alekseyev alexeyev"),
        ("здание", "zdaniye zdanie"),
        ("отход", "otkhod othod"),
    ],
)
def test_schemes(word: str, schemes: str) -> None:
    for scheme in schemes.replace("š", "sh").replace("ʹ", "'").split():
        for one, other in ((word, scheme), (scheme, word)):
            choice = choose(one, [Candidate(other, 1)])
            assert choice is not None, (one, other)
            assert (choice.word, choice.why) == (other, "transliteration")


def test_c_in_a_query_is_either_of_two_letters() -> None:
    choice = choose("cvetok", [Candidate("цветок", 1)])
    assert choice is not None
    assert choice.word == "цветок"
    assert skeleton("цветок") in skeletons("cvetok")


def test_the_nearest_spelling_wins_among_words_of_one_key() -> None:
    choice = choose("mariya", [Candidate("мара", 9), Candidate("мария", 1)])
    assert choice is not None
    assert choice.word == "мария"


def test_letters_of_one_script_are_a_matter_of_edits() -> None:
    choice = choose("шереметево", [Candidate("шереметьево", 1)])
    assert choice is not None
    assert choice.why == "typo"


def test_three_letters_are_too_few() -> None:
    assert choose("коt", [Candidate("кот", 99)]) is None
    assert choose("dom", [Candidate("дом", 99)]) is None


def test_accents_are_no_other_letters() -> None:
    assert latin("crème") == "creme"
    assert skeleton("žukov") == skeleton("zukov")


@given(st.text("абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюя'-", min_size=1, max_size=20))
def test_a_word_has_the_key_of_its_plain_latin_form(word: str) -> None:
    assert skeleton(latin(word)) == skeleton(word)
    assert skeletons(word)[0] == skeleton(word)
    assert 1 <= len(skeletons(word)) <= 3
    assert skeleton(word).isascii() or set(skeleton(word)) & set("šžč")

"""Which word was meant: words of documents, edits by length and script, the other layout of the keyboard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.spelling import (
    Candidate,
    Script,
    choose,
    edits,
    is_apart,
    is_correctable,
    is_word,
    language,
    normal,
    script,
    similarity,
    variants,
    words_of,
)
from app.domain.transliteration import layouts

LETTERS = st.text("абвя", min_size=0, max_size=6)
WORDS = st.text("абвгдеєіїяabcxyz'-", min_size=1, max_size=12)


def meant(word: str, *candidates: str | tuple[str, int]) -> str | None:
    """The word that is chosen, and why."""
    given = [Candidate(*one) if isinstance(one, tuple) else Candidate(one, 1) for one in candidates]
    choice = choose(normal(word), given)
    return f"{choice.word} {choice.why}" if choice else None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Паром, ПАРОМ и паро\xadм!", {"паром"}),
        ("Ёлка у Тёмы", {"елка", "темы"}),
        ("за\u0301мок и\u0306од", {"замок", "йод"}),  # stress mark; й in two signs
        ("Об’єкт на подвір'ї", {"об'єкт", "подвір'ї"}),
        ("Don't stop the O‘Neil 'quoted'", {"don't", "stop", "the", "o'neil", "quoted"}),
        ("Телеграм-канал - ТУ-154", {"телеграм-канал", "телеграм", "канал"}),
        ("COVID-19, mp3, 2024, a1b2c3d4e5f6, 3-й", {"covid"}),
        ("см https://example.com/страница, www.site.org и t.me/kanal", set()),
        ("пишите me@mail.example или @durov_news в телеграм", {"пишите", "или", "телеграм"}),
        ("#новости_москвы снимок.jpg quay.jpg", {"новости", "москвы", "снимок", "jpg"}),
        ("а на x yz", set()),  # too short
        ("ы" * 40 + " " + "э" * 41, {"ы" * 40}),
    ],
)
def test_words_of_a_document(text: str, words: set[str]) -> None:
    assert words_of(text) == words


def test_words_of_all_fields_each_once() -> None:
    assert words_of("паром", "паром\nкатер", "", "boat") == {"паром", "катер", "boat"}


@given(st.lists(st.text(max_size=30), max_size=4))
def test_words_are_kept_in_the_form_in_which_they_are_compared(fields: list[str]) -> None:
    found = words_of(*fields)
    assert all(is_word(word) and normal(word) == word and " " not in word for word in found)
    assert words_of("\n".join(sorted(found))) >= found - {word for word in found if "'" in word}


def test_an_endless_chain_without_spaces_is_read_in_linear_time() -> None:
    assert words_of("a@" * 50_000 + " паром " + "a-" * 50_000 + "b." * 50_000) == {"паром"}


@pytest.mark.parametrize(
    ("one", "other", "count"),
    [
        ("паром", "паром", 0),
        ("паром", "парм", 1),
        ("парм", "паром", 1),
        ("паром", "пароп", 1),
        ("паром", "праом", 1),  # a swap counts once
        ("паром", "порам", 2),
        ("київ", "кийв", 1),
        ("", "abc", 3),
        ("ca", "abc", 3),  # each place once
    ],
)
def test_edits(one: str, other: str, count: int) -> None:
    assert edits(one, other) == edits(other, one) == count


@given(LETTERS, LETTERS)
def test_one_edit_is_what_variants_make(one: str, other: str) -> None:
    if one and script(one) is Script.CYRILLIC:
        assert (other in set(variants(one))) == (edits(one, other) == 1)


@given(LETTERS, LETTERS, st.integers(0, 3))
def test_a_limit_changes_only_numbers_above_it(one: str, other: str, most: int) -> None:
    assert min(edits(one, other, most), most + 1) == min(edits(one, other), most + 1)


@pytest.mark.parametrize(
    ("word", "candidate", "chosen"),
    [
        ("кит", "кот", None),  # three letters: none
        ("порд", "порт", "порт typo"),
        ("борт", "порт", None),  # of four or five letters the first stands
        ("поорт", "порт", "порт typo"),
        ("парам", "паром", "паром typo"),
        ("порам", "паром", None),  # two edits of five letters
        ("баромы", "паромы", "паромы typo"),
        ("паромщк", "паромщик", "паромщик typo"),
        ("паоромщк", "паромщик", None),
        ("шириметево", "шереметьево", None),
        ("шеремтево", "шереметьево", "шереметьево typo"),
        ("erthquake", "earthquake", "earthquake typo"),
        ("erthqauke", "earthquake", "earthquake typo"),
        ("hous", "house", "house typo"),
        ("mouse", "house", None),
        ("зміеш", "змієш", "змієш typo"),
        ("незалежнисть", "незалежність", "незалежність typo"),
    ],
)
def test_how_many_edits_are_allowed(word: str, candidate: str, chosen: str | None) -> None:
    assert meant(word, candidate) == chosen


def test_other_scripts_need_the_first_letter_six_letters_and_two_documents() -> None:
    assert meant("αθηνασ", ("αθηναι", 2)) == "αθηναι typo"
    assert meant("αθηνασ", ("αθηναι", 1)) is None
    assert meant("βθηνασ", ("αθηνασ", 9)) is None
    assert meant("αθηνα", ("αθηνη", 9)) is None
    assert meant("αβγδεζηθικλ", ("αβγδεζηθι", 9)) is None


def test_the_nearest_wins_then_the_more_frequent_then_the_alphabet() -> None:
    assert meant("корабельный", ("корабельная", 9), ("корабельныи", 1)) == "корабельныи typo"
    assert meant("парам", ("паром", 2), ("парад", 5)) == "парад typo"
    assert meant("парам", ("паром", 2), ("парад", 2)) == "парад typo"
    assert meant("парам") is None


@pytest.mark.parametrize(
    ("typed", "word"),
    [("ghbdtn", "привет"), ("руддщ", "hello"), ("j,kfrj", "облако"), ("[jvzr", "хомяк"), ("rbsd", "киыв")],
)
def test_the_other_layout(typed: str, word: str) -> None:
    assert meant(typed, word) == f"{word} layout"


def test_the_layout_of_ukraine_and_back() -> None:
    assert meant("]dhjgf", "ївропа") == "ївропа layout"
    assert meant("ghbdsn", "привіт") == "привіт layout"
    assert meant("іефкі", "stars") == "stars layout"


def test_three_letters_on_the_other_layout_need_three_documents() -> None:
    assert meant("vbh", ("мир", 2)) is None
    assert meant("vbh", ("мир", 3)) == "мир layout"


def test_a_word_that_sounds_the_same_is_nearer_than_an_edit() -> None:
    assert meant("шереметево", ("шереметева", 9), ("шереметьево", 1)) == "шереметьево typo"
    assert meant("pelevin", ("peleven", 9), ("пелевин", 1)) == "пелевин transliteration"
    assert meant("шереметево", ("sheremetevo", 9), ("шереметьево", 1)) == "шереметьево typo"


def test_the_layout_goes_before_a_typo() -> None:
    assert meant("ghbdtn", ("ghbdtm", 50), ("привет", 1)) == "привет layout"


@given(WORDS)
def test_what_a_query_may_become_is_bounded(word: str) -> None:
    assert len(layouts(word)) <= 2
    assert len(set(variants(word))) <= 1_300
    assert word not in layouts(word)
    assert word not in set(variants(word))


@given(st.text("qwertyuiopasdfghjklzxcvbnm", min_size=3, max_size=10))
def test_a_word_on_the_other_layout_comes_back(word: str) -> None:
    assert word in {back for there in layouts(word) for back in layouts(there)}


@pytest.mark.parametrize(
    ("word", "can"),
    [
        ("паром", True),
        ("ту-154", False),
        ("2024", False),
        ("па", False),
        ("j,kfrj", True),
        ("a b", False),
        ("ы" * 41, False),
    ],
)
def test_what_is_never_corrected(word: str, can: bool) -> None:
    assert is_correctable(word) is can


def trigrams(word: str) -> set[str]:
    """Those of pg_trgm."""
    padded = f"  {word} "
    return {padded[n : n + 3] for n in range(len(padded) - 2)}


@given(st.permutations("абвгдежзиклмноп"), st.integers(9, 15), st.data())
def test_two_changed_letters_leave_as_many_trigrams_as_are_looked_for(
    letters: list[str], length: int, data: st.DataObject
) -> None:
    word = "".join(letters[:length])
    first, second = (data.draw(st.integers(0, length - 1)) for _ in range(2))
    other = "".join("ъ" if n in (first, second) else letter for n, letter in enumerate(word))
    common = len(trigrams(word) & trigrams(other)) / len(trigrams(word) | trigrams(other))
    assert common >= similarity(word)


@pytest.mark.parametrize(
    ("word", "of", "apart"),
    [
        ("паром", Script.CYRILLIC, False),
        ("пароход", Script.CYRILLIC, False),
        ("теплоходы", Script.CYRILLIC, True),
        ("об'єднання", Script.CYRILLIC, True),
        ("straße", Script.LATIN, False),
        ("earthquake", Script.LATIN, True),
        ("αθηνασ", Script.OTHER, True),
        ("αθηνα", Script.OTHER, False),
        ("mосква", Script.OTHER, True),
    ],
)
def test_scripts(word: str, of: Script, apart: bool) -> None:
    assert (script(word), is_apart(word)) == (of, apart)


@pytest.mark.parametrize(
    ("word", "of"), [("київ", "uk"), ("об'єкт", "uk"), ("рыба", "ru"), ("паром", None), ("boat", None)]
)
def test_a_language_is_told_by_letters_that_it_alone_has(word: str, of: str | None) -> None:
    assert language(word) == of

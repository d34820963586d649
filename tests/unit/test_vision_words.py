"""Which recognised words are believed, how two passes merge, and what language they are."""

from __future__ import annotations

import pytest

from app.adapters.vision.language import language
from app.adapters.vision.words import Word, believable, merge, parse_tsv
from tests.factories.pictures import ENGLISH, RUSSIAN

TSV = (
    "1\t1\t0\t0\t0\t0\t0\t0\t640\t480\t-1\t\n"
    "5\t1\t1\t1\t1\t1\t10\t20\t100\t30\t96.5\tHello\n"
    "5\t1\t1\t1\t1\t2\t120\t20\t90\t30\t91\tworld,\n"
    "5\t1\t1\t1\t2\t1\t10\t60\t90\t30\t95\t \n"
)


def word(text: str, confidence: float, line: int = 1, left: int = 0, top: int = 0) -> Word:
    return Word(text, confidence, (1, 1, line), left, top, 20 * len(text), 30)


def test_tsv_rows_become_words_and_blank_ones_are_left_out() -> None:
    words = parse_tsv(TSV)
    assert [(one.text, one.confidence, one.left, one.line) for one in words] == [
        ("Hello", 0.965, 10, (1, 1, 1)),
        ("world,", 0.91, 120, (1, 1, 1)),
    ]


def test_texture_gives_nothing() -> None:
    junk = [word("=", 0.9), word("Ве", 0.5), word("a", 0.7, 2), word("~^", 0.95, 2), word("oe", 0.6, 3)]
    assert believable(junk) == []


def test_a_sure_caption_beside_a_stray_mark_survives_without_it() -> None:
    lines = believable([word("=", 0.3), word("ВНИМАНИЕ", 0.95), word("|", 0.2)])
    assert [[one.text for one in line] for line in lines] == [["ВНИМАНИЕ"]]


def test_a_second_pass_adds_only_what_lies_beside() -> None:
    first = [(word("заголовок", 0.9, top=0),), (word("подпись", 0.9, 2, top=300),)]
    second = [(word("3аголовок", 0.6, top=5),), (word("520", 0.9, 2, top=100),)]
    assert [line[0].text for line in merge(first, second)] == ["заголовок", "520", "подпись"]
    assert merge(second, first) == merge(first, second)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (RUSSIAN, "ru"),
        (ENGLISH, "en"),
        ("КОГДА ПЯТНИЦА", "ru"),
        ("Верховна Рада ухвалила закон про освіту в першому читанні", "uk"),
        ("Der Stadtrat hat den Haushalt für das nächste Jahr beschlossen", "de"),
        ("Мост открыт, says the head of the committee in the city", "en"),
        ("12:45 87%", None),
        ("OK", None),
        ("", None),
    ],
)
def test_the_language_is_told_or_left_open(text: str, code: str | None) -> None:
    assert language(text) == code

"""The borders of belief in recognised words: which are kept, which lines fall, how two passes join."""

from __future__ import annotations

import pytest

from app.adapters.vision.ocr import Text
from app.adapters.vision.words import Line, Word, believable, mean_confidence, merge, parse_tsv

Said = tuple[str, float]  # a word and its confidence


def line(*said: Said, number: tuple[int, int, int] = (1, 1, 1), left: int = 0, top: int = 0) -> list[Word]:
    """Words side by side, 100 pixels wide and 30 high each."""
    return [Word(text, sure, number, left + 100 * n, top, 100, 30) for n, (text, sure) in enumerate(said)]


def kept(*words: Word) -> list[list[str]]:
    """The words of each line that is believed."""
    return [[word.text for word in one] for one in believable(words)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        # A word of three letters is believed from 0.6 on, one of two from 0.85 on.
        ([("где", 0.6)], ["где"]),
        ([("где", 0.59)], []),
        ([("дом", 0.9), ("на", 0.85)], ["дом", "на"]),
        ([("дом", 0.9), ("на", 0.84)], ["дом"]),
        ([("дом", 0.9), ("7", 0.84)], ["дом"]),
        ([("дом", 0.9), ("№7", 0.86)], ["дом", "№7"]),
        # A line is believed from a mean of 0.6 on, by letters.
        ([("ВНИМАНИЕ", 0.64), ("прочее", 0.55)], ["ВНИМАНИЕ"]),
        ([("ВНИМАНИЕ", 0.62), ("прочее", 0.5)], []),
        ([("я", 0.1), ("и", 0.1), ("объявление", 0.8)], ["объявление"]),
        ([("объявление", 0.5), ("я", 0.9), ("и", 0.9), ("о", 0.9)], []),
        ([("|", 0.0), ("=", 0.0), ("дождь", 0.7)], ["дождь"]),
        # One smudged word stands between two sure long ones, and not beside one.
        ([("первое", 0.9), ("смазано", 0.3), ("второе", 0.9)], ["первое", "смазано", "второе"]),
        ([("первое", 0.9), ("смаз", 0.3)], ["первое"]),
        ([("да", 0.95), ("ну", 0.95), ("первое", 0.9), ("смазано", 0.3)], ["да", "ну", "первое"]),
        ([("первое", 0.9), ("на", 0.5), ("второе", 0.9)], ["первое", "второе"]),
        ([("дом", 0.9), ("кит", 0.9), ("лес", 0.5)], ["дом", "кит", "лес"]),
        # Marks without letters are no text, however sure.
        ([("===", 0.99), ("|||", 0.99)], []),
    ],
)
def test_words_of_one_line(said: list[Said], expected: list[str]) -> None:
    assert kept(*line(*said)) == ([expected] if expected else [])


def test_unsure_lines_fall_and_sure_ones_beside_them_stay() -> None:
    words = [
        *line(("ПРИКАЗ", 0.95), number=(1, 1, 1)),
        *line(("шум", 0.62), ("деревьев", 0.2), number=(1, 1, 2)),
        *line(("подпись", 0.9), number=(1, 2, 1)),
        *line(("печать", 0.9), number=(2, 1, 1)),
    ]
    assert kept(*words) == [["ПРИКАЗ"], ["подпись"], ["печать"]]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([[("да", 0.95)]], []),
        ([[("где", 0.95)]], [["где"]]),
        ([[("112", 0.95)]], [["112"]]),  # digits count
        ([[("да", 0.95)], [("ну", 0.95)]], [["да"], ["ну"]]),
        ([[("да", 0.95)], [("==", 0.95)]], []),
        ([[("да", 0.7), ("==", 0.95)], [("приказ", 0.95)]], [["приказ"]]),  # of the first line, marks alone are sure
    ],
)
def test_a_picture_with_less_than_three_letters_has_no_text(lines: list[list[Said]], expected: list[list[str]]) -> None:
    assert kept(*(word for n, said in enumerate(lines) for word in line(*said, number=(1, 1, n)))) == expected


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("5\t1\t1\t2\t3\t1\t10\t20\t100\t30\t96\tslovo", [("slovo", 0.96, (1, 2, 3), 10, 20, 100, 30)]),
        ("5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t-1\tslovo", [("slovo", 0.0, (1, 1, 1), 0, 0, 9, 9)]),
        ("4\t1\t1\t1\t1\t0\t0\t0\t9\t9\t96\tslovo", []),
        ("5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96", []),
        ("5\t1\t1\t1\t1\t1\t0\t0\t9\t9\t96\t slovo ", [("slovo", 0.96, (1, 1, 1), 0, 0, 9, 9)]),
    ],
)
def test_rows_of_recognition(row: str, found: list[tuple[object, ...]]) -> None:
    words = parse_tsv(row)
    assert [(w.text, w.confidence, w.line, w.left, w.top, w.width, w.height) for w in words] == found


def at(text: str, left: int, top: int, sure: float = 0.9) -> Line:
    return tuple(line((text, sure), left=left, top=top))


@pytest.mark.parametrize(
    ("weak", "joined"),
    [
        (at("рядом", 100, 0), True),  # touches the right edge
        (at("рядом", 99, 0), False),
        (at("рядом", 0, 30), True),  # touches the lower edge
        (at("рядом", 0, 29), False),
        (at("рядом", 99, 29), False),
        (at("рядом", 101, 29), True),
        (at("рядом", -100, 0), True),
        (at("рядом", -99, 0), False),
        (at("рядом", 0, -30), True),
        (at("рядом", 0, -29), False),
    ],
)
def test_lines_join_where_they_do_not_overlap(weak: Line, joined: bool) -> None:
    strong = at("заголовок", 0, 0)
    assert (weak in merge([strong], [weak])) is joined


def test_the_pass_with_more_sure_letters_counts() -> None:
    """Neither the one with more lines nor the surer one."""
    long, short = at("заголовок", 0, 0, 0.7), at("загол", 0, 0, 0.95)
    assert merge([short], [long]) == [long]
    assert merge([long], [short]) == [long]
    unsure = at("заголовокк", 0, 0, 0.4)
    assert merge([unsure], [short]) == [short]


def test_joined_lines_stand_from_top_to_bottom_and_left_to_right() -> None:
    first = [at("нижняя", 0, 300), at("верхняя", 400, 0)]
    second = [at("рядом", 0, 0), at("между", 0, 100)]
    assert [one[0].text for one in merge(first, second)] == ["рядом", "верхняя", "между", "нижняя"]
    assert merge(first, [at("спор", 400, 0, 0.1)]) == first, "the order of a pass that counts alone stays"


@pytest.mark.parametrize("inside", [(100, 60), (100, 5), (-90, 60), (240, 5)])
@pytest.mark.parametrize("order", [1, -1])
def test_a_line_reaches_as_far_as_its_farthest_word(inside: tuple[int, int], order: int) -> None:
    """Words of one line may have boxes of any height and place; this one goes from 0 to 250 and from 0 to 90."""
    high, low = Word("верхнее", 0.9, (1, 1, 1), 200, 0, 50, 90), Word("нижнее", 0.9, (1, 1, 1), 0, 40, 50, 10)
    words = (high, low)[::order]
    assert merge([words], [at("между", *inside)]) == [words]


def test_the_text_has_its_lines_and_an_empty_one_between_blocks() -> None:
    lines = [
        line(("Приказ", 0.9), ("№7", 0.9), number=(1, 1, 1)),
        line(("о", 0.9), ("погоде", 0.9), number=(1, 1, 2)),
        line(("Подпись", 0.9), number=(1, 2, 1)),
        line(("Печать", 0.9), number=(2, 2, 1)),
    ]
    text = Text(tuple(map(tuple, lines)))
    assert text.text == "Приказ №7\nо погоде\n\nПодпись\n\nПечать"
    assert [word.text for word in text.words] == ["Приказ", "№7", "о", "погоде", "Подпись", "Печать"]


def test_confidence_is_a_mean_by_letters() -> None:
    words = line(("сто", 1.0), ("я", 0.2), ("==", 0.0))
    assert mean_confidence(words) == pytest.approx(0.8)
    assert Text((tuple(words),)).confidence == pytest.approx(0.8)
    assert mean_confidence(line(("==", 0.9))) is None
    assert Text().confidence is None

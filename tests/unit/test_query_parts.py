"""The words of a query, and its limits without them."""

from __future__ import annotations

import pytest

from app.domain.query.parts import any_word, is_plain, texts_only, wanted, with_words, without_texts
from app.domain.query.tree import EVERYTHING, All, Either, Limit, Node, Not, Operator, Pattern, Phrase, Word

CAT, DOG, RED = Word("cat"), Word("dog"), Phrase("red car")
PHOTO, CITY = Limit(Operator.KIND, "photo"), Limit(Operator.CHANNEL, "city")


@pytest.mark.parametrize(
    ("tree", "texts", "limits"),
    [
        (CAT, CAT, EVERYTHING),
        (PHOTO, None, PHOTO),
        (All((CAT, PHOTO)), CAT, PHOTO),
        (All((CAT, RED, PHOTO, CITY)), All((CAT, RED)), All((PHOTO, CITY))),
        (All((CAT, Not(DOG))), CAT, Not(DOG)),
        (Either((CAT, PHOTO)), CAT, EVERYTHING),
        (Either((All((CAT, PHOTO)), All((DOG, CITY)))), Either((CAT, DOG)), Either((PHOTO, CITY))),
        (All((Either((CAT, DOG)), PHOTO)), Either((CAT, DOG)), PHOTO),
        (All((Pattern("a+"), CAT)), CAT, Pattern("a+")),
        (Not(All((CAT, PHOTO))), None, Not(All((CAT, PHOTO)))),
        (EVERYTHING, None, EVERYTHING),
    ],
)
def test_words_and_limits(tree: Node, texts: Node | None, limits: Node) -> None:
    assert texts_only(tree) == texts
    assert without_texts(tree) == limits


def test_wanted_words_in_order() -> None:
    assert wanted(All((CAT, Not(DOG), Either((RED, Word("x")))))) == [CAT, RED, Word("x")]


@pytest.mark.parametrize(
    ("tree", "plain"),
    [(CAT, True), (All((CAT, DOG, PHOTO)), True), (PHOTO, False), (RED, False), (All((CAT, Not(DOG))), False)],
)
def test_only_words_beside_filters_are_plain(tree: Node, plain: bool) -> None:
    assert is_plain(tree) is plain


def test_any_word_keeps_the_limits_of_its_group() -> None:
    inside = Limit(Operator.IN, "ocr")
    assert any_word(All((CAT, DOG, inside, PHOTO))) == All((Either((CAT, DOG)), inside, PHOTO))
    assert any_word(All((CAT, PHOTO))) == All((Either((CAT,)), PHOTO))


def test_other_words_in_the_place_of_some() -> None:
    tree = All((CAT, Not(DOG), Either((Word("x"), RED)), PHOTO))
    assert with_words(tree, {"cat": "car", "x": "y", "red car": "no"}) == All(
        (Word("car"), Not(DOG), Either((Word("y"), RED)), PHOTO)
    )

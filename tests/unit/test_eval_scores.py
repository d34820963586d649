"""Scores: distances that are distances, rates that are 0 for what is right and worse for what is worse."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.eval.scores import (
    Errors,
    TagScore,
    accuracy,
    distance,
    invented,
    normalised,
    summed,
    tag_score,
    text_errors,
)

texts = st.text("абвг ab12«—\n", max_size=12)
written = texts.filter(str.strip)
tags = st.sets(st.sampled_from(["кот", "кошка", "дом", "река", "мост", "dog"]), max_size=5)


def plainly(left: str, right: str) -> int:
    """Levenshtein by its definition."""
    if not left or not right:
        return len(left) + len(right)
    same = plainly(left[1:], right[1:]) + (left[0] != right[0])
    return min(same, plainly(left[1:], right) + 1, plainly(left, right[1:]) + 1)


@given(st.text("abc", max_size=5), st.text("abc", max_size=5))
def test_the_distance_is_levenshteins(left: str, right: str) -> None:
    assert distance(left, right) == plainly(left, right)


@pytest.mark.parametrize(
    ("found", "expected", "edits"), [("kitten", "sitting", 3), ("", "пять!", 5), ("суббота", "", 7), ("𝔸b", "b", 1)]
)
def test_known_distances(found: str, expected: str, edits: int) -> None:
    assert distance(found, expected) == edits


@given(texts, texts, texts)
def test_the_distance_is_a_metric_within_its_bounds(one: str, two: str, three: str) -> None:
    assert distance(one, one) == 0
    assert distance(one, two) == distance(two, one)
    assert abs(len(one) - len(two)) <= distance(one, two) <= max(len(one), len(two))
    assert distance(one, three) <= distance(one, two) + distance(two, three)
    assert (distance(one, two) == 0) == (one == two)


@given(texts)
def test_a_normalised_text_stays_as_it_is(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def test_forms_of_signs_and_white_space_are_no_errors_but_letters_are() -> None:
    said, there = '"Мост"  -\n2 км…', "«Мост» — 2\u00a0км..."
    assert text_errors(said, there).rate == 0
    assert text_errors("Е", "Ё").rate == 1
    assert text_errors("мост", "Мост").rate == 0.25


@given(written)
def test_what_is_equal_has_no_errors(text: str) -> None:
    found = text_errors(f"  {text}\n", text)
    assert (found.wrong, found.rate) == (0, 0)
    assert found.words_found == found.words


@given(texts, written)
def test_rates_are_not_negative_and_nothing_found_is_all_wrong(found: str, expected: str) -> None:
    rate = text_errors(found, expected).rate
    assert rate is not None
    assert rate >= 0
    nothing = text_errors("", expected)
    assert (nothing.rate, nothing.words_found) == (1, 0)


def test_a_text_can_be_more_than_wholly_wrong() -> None:
    assert text_errors("совсем другое", "да").rate == 6


@given(st.lists(st.sampled_from(["мост", "река", "12", "дом"]), min_size=1, max_size=6), st.randoms())
def test_words_are_found_in_any_order(words: list[str], lot: object) -> None:
    errors = text_errors(" ".join(reversed(words)).upper(), ", ".join(words))
    assert errors.recall == 1


def test_a_word_counts_as_often_as_it_is_there() -> None:
    assert text_errors("да", "да да нет да").recall == 0.25
    assert text_errors("да да да", "да").recall == 1


def test_without_an_order_only_words_count() -> None:
    found = text_errors("12 мая", "мая 12", ordered=False)
    assert (found.rate, found.recall) == (None, 1)


def test_long_texts_weigh_more() -> None:
    found = summed([text_errors("", "а"), text_errors("б" * 9, "б" * 9)])
    assert (found.rate, found.pictures) == (0.1, 2)
    assert summed([]) == Errors()
    assert (Errors().rate, Errors().recall) == (None, None)


def test_invented_text_is_counted_without_white_space_around() -> None:
    found = invented(["", " \n", "ab  c"])
    assert (found.pictures, found.with_text, found.characters) == (3, 1, 4)


def test_accuracy_is_the_diagonal() -> None:
    assert accuracy(Counter({("photo", "photo"): 3, ("meme", "photo"): 1})) == 0.75
    assert accuracy(Counter()) is None


@given(tags, tags)
def test_tags_score_as_sets(given_tags: set[str], wanted: set[str]) -> None:
    found = tag_score(given_tags, [{tag} for tag in wanted])
    assert found.hits == len(given_tags & wanted)
    assert (found.given, found.wanted) == (len(given_tags), len(wanted))
    if wanted:
        assert tag_score(wanted, [{tag} for tag in wanted]).f1 == 1


def test_a_synonym_counts_once_and_what_is_allowed_not_at_all() -> None:
    wanted = [{"кот", "кошка"}, {"дом"}]
    assert tag_score(["кошка", "дом"], wanted) == TagScore(2, 2, 2, 1)
    assert tag_score(["кошка", "кот"], wanted) == TagScore(1, 2, 2, 1)
    assert tag_score(["кошка", "мост"], wanted, allowed={"мост"}) == TagScore(1, 1, 2, 1)
    assert tag_score(["кошка"], wanted, allowed={"кошка"}).precision == 1


def test_tag_scores_add_up() -> None:
    found = TagScore(1, 2, 4, 1) + TagScore(2, 2, 2, 1)
    assert (found.precision, found.recall, found.posts) == (0.75, 0.5, 2)
    assert found.f1 == 0.6
    assert (TagScore().precision, TagScore().recall, TagScore().f1) == (None, None, None)

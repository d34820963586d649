"""Gaps between both sides of a channel, and tags that a lineage adds up to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.gaps import compare
from app.domain.lineage import Passed, replay
from app.domain.spelling import words_of
from app.verify.words import words


def test_gaps_by_id() -> None:
    gaps = compare(range(1, 7), {1, 2, 3}, {1: True, 3: False, 4: True, 5: False})
    assert [(gap.id, gap.what) for gap in gaps] == [
        (2, "Telegram has it, and it is not kept"),
        (3, "Telegram has it, and it is marked as deleted"),
        (4, "Telegram has it no longer, and it is not marked as deleted"),
    ]


def test_a_lineage_adds_up_and_begins_anew() -> None:
    first, second = Passed("initial", ["a", "b"], []), Passed("vision_retag", ["c"], ["a"])
    assert replay([first, second]) == {"b", "c"}
    assert replay([first, second, Passed("initial", ["d"], [])]) == {"d"}
    assert replay([]) == set()


@given(st.lists(st.text("аяёЁїa0_z9'’-.@:/ \n\u0301²ßII\u0307", max_size=40) | st.text(max_size=20), max_size=3))
def test_verify_finds_the_words_that_the_index_step_counts(fields: list[str]) -> None:
    assert words(*fields) == words_of(*fields)


def test_the_words_of_a_document_by_the_formula_of_verify() -> None:
    found = words("Ёлка, об’єкт: quay.jpg", "Телеграм-канал @news ТУ-154", "", "конец.Начало m9")
    assert found == {"елка", "об'єкт", "телеграм-канал", "телеграм", "канал", "конец", "начало"}

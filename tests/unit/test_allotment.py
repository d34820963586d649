"""What a question may cost: shares, shortening, and an estimate that adds up."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.allotment import MARKER, allot, shorten, tokens

needs = st.lists(st.integers(0, 10_000), max_size=12)
budgets = st.integers(0, 20_000)


@given(needs, budgets)
def test_shares_are_never_more_than_the_budget_and_nobody_s_than_he_needs(wanted: list[int], budget: int) -> None:
    shares = allot(wanted, budget)
    assert sum(shares) <= budget
    assert all(0 <= share <= need for share, need in zip(shares, wanted, strict=True))


@given(needs, budgets)
def test_everybody_gets_his_part_or_all_that_he_needs(wanted: list[int], budget: int) -> None:
    shares = allot(wanted, budget)
    assert all(share >= min(need, budget // len(wanted)) for share, need in zip(shares, wanted, strict=True))


@given(needs, st.integers(0, 1000))
def test_what_fits_is_whole(wanted: list[int], more: int) -> None:
    assert allot(wanted, sum(wanted) + more) == wanted


@given(needs.filter(bool), budgets)
def test_what_the_short_leave_goes_to_the_long(wanted: list[int], budget: int) -> None:
    shares = allot(wanted, budget)
    left = budget - sum(shares)
    short = [share for share, need in zip(shares, wanted, strict=True) if share < need]
    assert not short or (left < len(short) and max(short) - min(short) <= 1)  # nothing but the rest of a division
    assert all(share <= min(short, default=share) for share, need in zip(shares, wanted, strict=True) if share == need)


@given(st.text(), st.text())
def test_the_estimate_of_parts_is_never_below_that_of_the_whole(one: str, other: str) -> None:
    assert tokens(one + other) <= tokens(one) + tokens(other)
    assert tokens(one) <= tokens(one + other)


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("Привет мир", 5), ("hello", 3), ("2026", 4), ("{}", 2), ("ё", 1), ("😀", 4), ("中文", 6), ("\ud800", 3)],
)
def test_the_estimate(text: str, count: int) -> None:
    assert tokens(text) == count


@given(st.text(max_size=400) | st.text("абв ", max_size=3000), st.integers(25, 400))
def test_a_shortened_text_says_how_much_is_missing(text: str, room: int) -> None:
    found, left = shorten(text, room)
    assert tokens(found) <= room or found == text
    assert tokens(found) <= room
    if not left:
        assert found == text
        return
    head, tail = found.split(MARKER.format(left))
    assert text.startswith(head)
    assert text.endswith(tail)
    assert len(head) + len(tail) + left == len(text)
    assert len(tail) <= len(head)


def test_a_shortened_text_uses_its_room() -> None:
    found, left = shorten("слово " * 10_000, 1000)
    assert 990 <= tokens(found) <= 1000
    assert 55_000 < left < 60_000
    assert re.search(r"\(\.\.\. \d+ characters left out \.\.\.\)", found)


def test_without_room_for_the_marker_nothing_is_cut_in_silence() -> None:
    with pytest.raises(ValueError, match="3 tokens hold nothing"):
        shorten("a long text " * 10, 3)

"""The time line of postings: bars of equal spans, none lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from app.domain.time_line import MOST, Bar, TimeLine, time_line

DAY = date(2026, 3, 1)


def test_no_postings_make_no_line() -> None:
    assert time_line({}) == TimeLine((), 0)


def test_a_day_is_a_bar() -> None:
    line = time_line({DAY + timedelta(days=3): 1, DAY: 4})
    later = DAY + timedelta(days=3)
    assert line == TimeLine((Bar(0, 1.0, 4, DAY, DAY), Bar(3, 0.25, 1, later, later)), 4)


@pytest.mark.parametrize("length", [1, 2, MOST, MOST + 1, 365, 4000])
def test_long_lives_have_as_many_bars_and_lose_no_day(length: int) -> None:
    line = time_line({DAY + timedelta(days=n): n % 7 + 1 for n in range(length)})
    assert line.places <= MOST
    assert sum(bar.postings for bar in line.bars) == sum(n % 7 + 1 for n in range(length))
    assert (line.bars[0].since, line.bars[-1].until) == (DAY, DAY + timedelta(days=length - 1))
    assert line.bars[-1].place < line.places

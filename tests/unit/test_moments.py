"""Moments as people write them, and the days that a cap makes of a price."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.budget import BULK_SHARE, Limits, days
from app.domain.moments import moment

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("30d", NOW - timedelta(days=30)),
        (" 12h ", NOW - timedelta(hours=12)),
        ("4w", NOW - timedelta(weeks=4)),
        ("2026-04-01", datetime(2026, 4, 1, tzinfo=UTC)),
        ("2026-04-01T10:30", datetime(2026, 4, 1, 10, 30, tzinfo=UTC)),
        ("2026-04-01T10:30+03:00", datetime(2026, 4, 1, 10, 30, tzinfo=timezone(timedelta(hours=3)))),
    ],
)
def test_dates_and_spans(said: str, meant: datetime) -> None:
    assert moment(said, NOW) == meant


@pytest.mark.parametrize("said", ["", "yesterday", "30", "d", "-3d", "2026-13-01", "999999w", "30m"])
def test_what_no_calendar_has(said: str) -> None:
    assert moment(said, NOW) is None


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_each_day_takes_no_more_than_its_share(tokens: int, daily: int) -> None:
    found = days(tokens, Limits(daily=daily))
    share = int(daily * BULK_SHARE)
    if tokens and share:
        assert found is not None
        assert (found - 1) * share < tokens <= found * share
    else:
        assert found == (None if tokens else 0)


def test_days_without_a_cap() -> None:
    assert (days(0, Limits()), days(5, Limits()), days(5, Limits(daily=0))) == (0, 1, None)

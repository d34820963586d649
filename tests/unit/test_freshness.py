"""When a channel counts as stale."""

from __future__ import annotations

import pytest

from app.domain.freshness import is_stale, stale_after


@pytest.mark.parametrize(("interval", "seconds"), [(1, 300), (60, 300), (61, 305), (600, 3000)])
def test_five_polls_and_never_less_than_five_minutes(interval: float, seconds: float) -> None:
    assert stale_after(interval) == seconds


@pytest.mark.parametrize(
    ("fresh", "watched", "stale"),
    [(299, 9999, False), (301, 9999, True), (None, 299, False), (None, 301, True), (10, 10, False)],
)
def test_a_channel_that_was_never_reached_counts_from_the_day_it_was_added(
    fresh: float | None, watched: float, stale: bool
) -> None:
    assert is_stale(fresh, watched, 60) is stale

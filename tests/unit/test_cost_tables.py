"""Times of the tables of cost: short where they are near, with the date where they are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.cli.cost_tables import moment

LATE = datetime(2026, 11, 29, 23, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "shown"),
    [
        (0.1, "23:56 UTC"),
        (1, "00:50 UTC"),
        (-23, "00:50 UTC"),
        (5.9, "05:44 UTC"),
        (6, "2026-11-30 05:50 UTC"),
        (24, "2026-11-30 23:50 UTC"),
        (-24, "2026-11-28 23:50 UTC"),
    ],
)
def test_a_time_has_its_date_where_it_is_far(hours: float, shown: str) -> None:
    assert moment(LATE + timedelta(hours=hours), LATE) == shown

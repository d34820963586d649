"""The value of --since, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.query.since import begin

NOW = datetime(2026, 3, 31, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("24h", NOW - timedelta(hours=24)),
        (" 7d ", NOW - timedelta(days=7)),
        ("2W", NOW - timedelta(weeks=2)),
        ("PT90M", NOW - timedelta(minutes=90)),
        ("P1M", datetime(2026, 2, 28, 18, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("01.03.2026", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-03-01T12:30", datetime(2026, 3, 1, 12, 30, tzinfo=UTC)),
        ("2026-03-01 12:30+03:00", datetime(2026, 3, 1, 9, 30, tzinfo=UTC)),
    ],
)
def test_spans_days_and_times(said: str, meant: datetime) -> None:
    assert begin(said, NOW) == meant


@pytest.mark.parametrize(
    "said", ["", "yesterday", "24", "0h", "P", "2026-02-30", "-24h", "24 h", "2026-03-01..", "1e3d"]
)
def test_another_form_names_the_right_ones(said: str) -> None:
    with pytest.raises(ValueError, match=r"is no time: write a span before now \(24h, 7d"):
        begin(said, NOW)


@pytest.mark.parametrize("said", ["2026-04-01", "2027", "2026-03-31T18:00", "9999"])
def test_a_time_to_come_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match="is yet to come"):
        begin(said, NOW)


@given(st.text(max_size=12))
def test_any_text_is_a_moment_before_now_or_a_clear_refusal(said: str) -> None:
    found, refusal = _begun(said)
    assert (found is not None and found < NOW) or "write a span before now" in refusal


def _begun(said: str) -> tuple[datetime | None, str]:
    try:
        return begin(said, NOW), ""
    except ValueError as error:
        return None, str(error)

"""Which tags burst, by numbers worked out on paper."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest

from app.domain.bursts import TagUse, TagUses, bursts
from app.domain.trends import Trend, monday, trends_of


def test_the_score_is_the_log_likelihood_of_both_frequencies() -> None:
    """a = 40 of c = 1,000 and b = 10 of d = 4,000: E1 = 10, E2 = 40, G2 = 2 (40 ln 4 + 10 ln 1/4) = 60 ln 4."""
    [burst] = bursts(TagUses([TagUse("паром", 40, 10, 3)], 1_000, 4_000))
    assert burst.score == pytest.approx(83.178, abs=0.001)
    assert (burst.tag, burst.recent, burst.expected, burst.channels) == ("паром", 40, 2.5, 3)


@pytest.mark.parametrize(
    ("use", "why"),
    [
        (TagUse("one", 40, 10, 2), "two channels"),
        (TagUse("same", 10, 40, 9), "the same share as before"),
        (TagUse("less", 1, 40, 9), "it falls"),
        (TagUse("few", 3, 0, 3), "three publications are no evidence: G2 is 9.7"),
        (TagUse("much", 450, 1_000, 9), "1.8 times as much, however many"),
    ],
)
def test_no_burst(use: TagUse, why: str) -> None:
    assert bursts(TagUses([use], 1_000, 4_000)) == [], why


def test_a_tag_without_a_past_bursts_and_an_archive_without_one_has_no_bursts() -> None:
    """5 ln 5 x 2 = 16.09: one publication more than four of a new tag."""
    [burst] = bursts(TagUses([TagUse("new", 5, 0, 3)], 1_000, 4_000))
    assert (burst.expected, round(burst.score, 2)) == (0.0, 16.09)
    assert bursts(TagUses([TagUse("new", 4, 0, 3)], 1_000, 4_000)) == []
    assert bursts(TagUses([TagUse("all", 5, 0, 3)], 5, 0)) == []


def test_a_week_with_twice_as_many_publications_is_no_burst_of_their_tags() -> None:
    assert bursts(TagUses([TagUse("tag", 200, 400, 9)], 2_000, 4_000)) == []


def test_the_highest_score_is_first_and_equal_ones_follow_the_alphabet() -> None:
    uses = [TagUse("б", 20, 0, 3), TagUse("а", 20, 0, 3), TagUse("в", 60, 0, 3)]
    assert [one.tag for one in bursts(TagUses(uses, 1_000, 4_000))] == ["в", "а", "б"]


@pytest.mark.parametrize(
    ("day", "week"),
    [("2026-03-01", "2026-02-23"), ("2026-03-02", "2026-03-02"), ("2027-01-01", "2026-12-28")],
)
def test_a_week_begins_on_its_monday(day: str, week: str) -> None:
    assert monday(date.fromisoformat(day)) == date.fromisoformat(week)


def test_a_line_is_read_as_it_was_written() -> None:
    trend = Trend("tag", date(2026, 3, 1), 12, "новая почта 2")
    assert str(trend) == "tag 2026-03-01 12 новая почта 2"
    assert Trend.read(str(trend)) == trend
    assert trends_of(12, None, ["a"], {5}) == ""


def test_the_day_of_a_publication_is_that_of_utc_whatever_the_zone_of_its_time() -> None:
    at = datetime(2026, 3, 2, 1, tzinfo=timezone(timedelta(hours=3)))
    assert trends_of(12, at, ["b", "a", "b"], {5}) == "from 2026-02-23 12 5\ntag 2026-03-01 12 a\ntag 2026-03-01 12 b"

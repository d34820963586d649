"""Whether a paid call may be made: caps, places, bucket, breaker; pure, so every corner is cheap to try."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.breaker import PATIENCE, THRESHOLD, Block, Health, observe, pause_after
from app.domain.budget import BULK_SHARE, Account, Limits, Refusal, admit, days, next_day, next_month, refill
from app.errors import (
    Declined,
    MediaAuditError,
    Misconfigured,
    OutOfCredit,
    Permanent,
    RateLimited,
    Refused,
    Skip,
    Transient,
    Unanswered,
    Unavailable,
)

NOON = datetime(2026, 2, 28, 12, tzinfo=UTC)
FREE = Account(NOON, bucket=1.0)
moments = st.integers(0, 1500 * 86_400).map(lambda seconds: NOON + timedelta(seconds=seconds))


def refused(account: Account, limits: Limits, price: int = 100, *, bulk: bool = False) -> Refusal:
    """The refusal, which there has to be."""
    found = admit("openai", account, limits, price, bulk=bulk)
    assert found is not None
    return found


@given(caps=st.tuples(st.integers(0, 5000), st.integers(0, 9000)), prices=st.lists(st.integers(0, 3000), max_size=30))
def test_spend_never_exceeds_a_cap(caps: tuple[int, int], prices: list[int]) -> None:
    limits = Limits(*caps)
    spent = 0
    for price in prices:
        if admit("openai", Account(NOON, today=spent, month=spent, bucket=1.0), limits, price) is None:
            spent += price
    assert spent <= min(caps)


def test_what_is_spent_comes_back_at_midnight_and_on_the_first() -> None:
    daily = refused(Account(NOON, today=950, month=950, bucket=1), Limits(daily=1000))
    assert (daily.reason, daily.delay) == ("OPENAI_DAILY_TOKENS=1000 is spent", 12 * 3600)
    monthly = refused(Account(NOON, month=950, bucket=1), Limits(monthly=1000))
    assert (monthly.reason, monthly.delay) == ("OPENAI_MONTHLY_TOKENS=1000 is spent", 12 * 3600)
    assert daily.waits
    assert daily.lasting
    assert "one call may cost 2000 tokens" in refused(FREE, Limits(daily=1000), 2000).reason


@pytest.mark.parametrize(
    ("account", "limits", "price", "bulk"),
    [
        (Account(NOON, today=900, bucket=1), Limits(daily=1000), 100, False),
        (Account(NOON, month=900, bucket=1), Limits(monthly=1000), 100, False),
        (FREE, Limits(daily=1000), 1000, False),
        (FREE, Limits(daily=1000), int(1000 * BULK_SHARE), True),
    ],
)
def test_a_call_that_fits_exactly_is_admitted_and_one_token_more_is_not(
    account: Account, limits: Limits, price: int, bulk: bool
) -> None:
    assert admit("openai", account, limits, price, bulk=bulk) is None
    assert refused(account, limits, price + 1, bulk=bulk).waits


def test_a_whole_call_in_the_bucket_begins_at_once_and_less_waits_for_the_rest() -> None:
    limits = Limits(at_once=3, per_minute=6)
    assert admit("openai", Account(NOON, bucket=1.0), limits, 1) is None
    assert refused(Account(NOON, bucket=0.75), limits).delay == pytest.approx(2.5)


def test_re_reading_leaves_live_posts_a_share() -> None:
    almost = Account(NOON, today=int(1000 * BULK_SHARE), month=0, bucket=1)
    assert (
        refused(almost, Limits(daily=1000), bulk=True).reason
        == "the share of history and re-reading of OPENAI_DAILY_TOKENS=1000 is spent"
    )
    assert admit("openai", almost, Limits(daily=1000), 100) is None
    assert admit("openai", almost, Limits(), 100, bulk=True) is None


def test_history_leaves_a_place_where_there_are_several() -> None:
    assert admit("openai", Account(NOON, open=2, bucket=3), Limits(at_once=3), 1) is None
    assert refused(Account(NOON, open=2, bucket=3), Limits(at_once=3), bulk=True).delay == 1.0
    assert admit("openai", Account(NOON, bucket=3), Limits(at_once=1), 1, bulk=True) is None
    almost = Account(NOON, month=int(1000 * BULK_SHARE), bucket=1)
    assert refused(almost, Limits(monthly=1000), bulk=True).waits


def test_places_and_the_bucket_are_short_waits() -> None:
    busy = refused(Account(NOON, open=3, bucket=3), Limits(at_once=3))
    slow = refused(Account(NOON, bucket=0.5), Limits(per_minute=30))
    assert (busy.lasting, busy.waits, busy.delay) == (False, False, 1.0)
    assert (slow.lasting, slow.waits, slow.delay) == (False, False, 1.0)


@given(level=st.floats(0, 3), seconds=st.floats(0, 600), rate=st.floats(0.1, 600), at_once=st.integers(1, 9))
def test_a_bucket_fills_evenly_and_never_over(level: float, seconds: float, rate: float, at_once: int) -> None:
    limits = Limits(at_once=at_once, per_minute=rate)
    now = refill(min(level, at_once), NOON, NOON + timedelta(seconds=seconds), limits)
    assert now == pytest.approx(min(at_once, min(level, at_once) + seconds * rate / 60), abs=1e-3)  # microseconds
    assert refill(level, None, NOON, limits) == at_once
    assert refill(0.0, NOON, NOON, Limits(at_once=at_once)) == at_once


@given(moments)
def test_days_and_months_end_later_than_now(now: datetime) -> None:
    assert now < next_day(now) <= now + timedelta(days=1)
    first = next_month(now)
    assert now < first <= now + timedelta(days=31)
    assert (first.day, first.hour, first.minute) == (1, 0, 0)


# The breaker


def after(*errors: MediaAuditError | None, now: datetime = NOON) -> Health:
    """The health after calls that ended so."""
    health = Health()
    for error in errors:
        health = observe(health, error, now)
    return health


@pytest.mark.parametrize(
    ("tokens", "daily", "wanted"),
    [
        (0, None, 0),
        (5, None, 1),
        (0, 1_000, 0),
        (1, 1_000, 1),
        (int(1_000 * BULK_SHARE), 1_000, 1),
        (int(1_000 * BULK_SHARE) + 1, 1_000, 2),
        (5, 0, None),
    ],
)
def test_how_many_days_a_re_reading_takes(tokens: int, daily: int | None, wanted: int | None) -> None:
    assert days(tokens, Limits(daily=daily)) == wanted


def test_the_breaker_opens_after_failures_in_a_row_only() -> None:
    down = Unavailable("503")
    assert after(*[down] * (THRESHOLD - 1)).block is None
    opened = after(*[down] * THRESHOLD)
    assert opened.block is not None
    assert opened.block.kind == "outage"
    assert opened.failing_since == NOON
    assert after(*[down] * (THRESHOLD - 1), None, *[down] * (THRESHOLD - 1)).block is None
    assert after(*[down] * THRESHOLD, None) == Health()


@pytest.mark.parametrize("error", [Refused("no"), None])
def test_whoever_answers_is_there(error: MediaAuditError | None) -> None:
    assert after(*[Unavailable("503")] * 4, error) == Health()


@pytest.mark.parametrize("error", [Permanent("cannot be decoded"), Skip("too large")])
def test_a_file_that_never_went_out_says_nothing_about_the_provider(error: MediaAuditError) -> None:
    assert after(*[Unavailable("503")] * 4, error).failures == 4


def test_many_questions_declined_in_a_row_are_an_outage() -> None:
    assert after(*[Declined("400")] * THRESHOLD).block is not None


def test_pauses_double_up_to_a_quarter_of_an_hour() -> None:
    assert [pause_after(THRESHOLD + n) for n in range(7)] == [30, 60, 120, 240, 480, 900, 900]


@pytest.mark.parametrize(("asked", "pause"), [(None, 30), (9.0, 30), (100.0, 100)])
def test_an_outage_pauses_as_long_as_the_provider_asks_or_longer(asked: float | None, pause: float) -> None:
    block = after(*[Unavailable("503", asked)] * THRESHOLD).block
    assert block is not None
    assert (block.kind, block.until - NOON) == ("outage", timedelta(seconds=pause))


def test_a_decoder_that_dies_says_nothing_about_the_provider() -> None:
    assert after(Transient("the decoder died")) == Health()


@pytest.mark.parametrize(
    ("error", "kind", "seconds"),
    [
        (RateLimited("429", 7.0), "rate", 7),
        (RateLimited("429"), "rate", 5),
        (RateLimited("429", 0.0), "rate", 5),
        (RateLimited("429", 0.01), "rate", 1),
        (OutOfCredit("402"), "credit", 3600),
        (OutOfCredit("402", 0.0), "credit", 900),
        (Misconfigured("401"), "setting", 600),
        (Unavailable("503", 9.0), "rate", 9),
    ],
)
def test_other_reasons_to_let_a_provider_be(error: MediaAuditError, kind: str, seconds: float) -> None:
    block = after(error).block
    assert block is not None
    assert (block.kind, block.until - NOON) == (kind, timedelta(seconds=seconds))
    assert block.reason == str(error)


def test_an_answer_to_an_earlier_call_ends_no_pause_that_was_asked_for() -> None:
    assert after(RateLimited("429", 60.0), None).block is not None
    assert observe(after(RateLimited("429", 60.0)), None, NOON + timedelta(seconds=61)) == Health()


def test_one_call_tries_a_provider_that_failed() -> None:
    failed = Account(NOON, bucket=9, failures=THRESHOLD, failing_since=NOON)
    assert admit("openai", failed, Limits(at_once=9), 1) is None
    second = refused(Account(NOON, bucket=9, open=1, failures=THRESHOLD, failing_since=NOON), Limits(at_once=9))
    assert (second.lasting, second.waits, second.delay) == (True, False, 2.0)
    fewer = Account(NOON, bucket=9, open=1, failures=THRESHOLD - 1, failing_since=NOON)
    assert admit("openai", fewer, Limits(at_once=9), 1) is None


@pytest.mark.parametrize(
    ("kind", "since", "lasting", "waits"),
    [
        ("rate", NOON, False, False),
        ("minute rate", NOON, False, False),
        ("long rate", NOON, True, True),
        ("credit", None, True, True),
        ("setting", None, True, True),
        ("outage", NOON - PATIENCE, True, False),
        ("outage", NOON - PATIENCE - timedelta(seconds=1), True, True),
    ],
)
def test_a_block_is_waited_out_or_reported(kind: str, since: datetime | None, lasting: bool, waits: bool) -> None:
    name = kind.split()[-1]
    seconds = {"long rate": 61, "minute rate": 60}.get(kind, 40)
    block = Block(name, NOON + timedelta(seconds=seconds), "why")  # type: ignore[arg-type]
    found = refused(Account(NOON, bucket=1, failing_since=since, block=block), Limits())
    assert found == Refusal("why", seconds, lasting=lasting, waits=waits)
    over = Block(name, NOON, "why")  # type: ignore[arg-type]
    assert admit("openai", Account(NOON, bucket=1, block=over), Limits(), 1) is None


def test_unanswered_questions_count_as_failures() -> None:
    assert after(*[Unanswered("timeout")] * THRESHOLD).block is not None

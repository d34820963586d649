"""The days and months of a budget are those of UTC, whatever the time zone of the server or of its clients."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from app.db import transaction
from app.domain.budget import Account, Limits, Refusal, admit
from app.domain.kinds import Step
from app.pipeline.engine import ledger, work
from app.settings import Settings
from tests.factories.rows import leased
from tests.integration.pipeline.database import change, rows

ZONES = ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kolkata"]
MOMENT = timedelta(microseconds=1)


@pytest.fixture(params=ZONES)
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The time zone of each connection, and of this process."""
    with monkeypatch.context() as patch:
        patch.setenv("PGTZ", request.param)
        patch.setenv("TZ", request.param)
        time.tzset()
        yield str(request.param)
    time.tzset()


def account(limits: Limits | None = None, provider: str = "openai") -> Account:
    with transaction() as session:
        return ledger.account(session, provider, limits or Limits())


def spend(when: datetime, settled: int | None, *, reserved: int = 7, provider: str = "openai") -> None:
    """A call of that moment; settled: None for one that is under way."""
    change(
        "INSERT INTO token_ledger (provider, model, purpose, reserved, settled, outcome, created_at, ended_at) VALUES"
        " (:provider, 'm', 'vision', :reserved, CAST(:settled AS integer),"
        " CASE WHEN CAST(:settled AS integer) IS NOT NULL THEN 'answered' END, :at,"
        " CASE WHEN CAST(:settled AS integer) IS NOT NULL THEN now() END)",
        provider=provider,
        reserved=reserved,
        settled=settled,
        at=when,
    )


def borders() -> tuple[datetime, datetime]:
    """The beginnings of today and of this month."""
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day, day.replace(day=1)


def test_tokens_count_for_their_day_and_month(zone: str, settings: Settings) -> None:
    day, month = borders()
    for when, tokens in ((day, 1), (day - MOMENT, 20), (month, 300), (month - MOMENT, 4000)):
        spend(when, tokens)
    spend(datetime.now(UTC), 50_000, provider="gigachat")
    found = account()
    assert found.today == 1 + (300 if day == month else 0)
    assert found.month == 301 + (20 if day > month else 0)
    assert found.now.utcoffset() == timedelta(0)


def test_a_spent_day_ends_at_midnight_and_a_spent_month_with_its_last_day(zone: str, settings: Settings) -> None:
    day, month = borders()
    spend(day, 100)
    for limits, end in (
        (Limits(daily=100), day + timedelta(days=1)),
        (Limits(monthly=100), (month + timedelta(days=31)).replace(day=1)),
    ):
        found = account(limits)
        refusal = admit("openai", found, limits, 1)
        assert isinstance(refusal, Refusal)
        assert found.now + timedelta(seconds=refusal.delay) == end


def test_calls_without_a_known_price_count_as_reserved(settings: Settings) -> None:
    now = datetime.now(UTC)
    spend(now, None, reserved=7)
    spend(now, 0, reserved=100)
    spend(now, 40, reserved=100)
    spend(now - timedelta(days=40), None, reserved=7)
    found = account()
    assert (found.today, found.month, found.open) == (47, 47, 2), "an open call holds a place however old it is"
    unused = account(provider="gigachat")
    assert (unused.today, unused.failures, unused.block) == (0, 0, None)


def test_the_cost_of_recent_calls_is_read_from_the_index_of_answered_ones(settings: Settings) -> None:
    """A plan for all values, which PostgreSQL makes after some executions, has a partial index for a literal alone."""
    wanted = ledger.Purchase("openai", "m", "vision", "key", 7)
    with transaction() as session:
        session.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        session.execute(text("SET LOCAL enable_seqscan = off"))  # of an empty table
        assert ledger.dearest(session, wanted) == 0.0
        scans = text("SELECT pg_stat_get_xact_numscans('idx_token_ledger_answered'::regclass)")
        assert session.scalar(scans) == 1


def test_the_calls_of_a_killed_worker_hold_no_place(settings: Settings) -> None:
    """They are known by their leases, those of other workers stay open."""
    wanted = ledger.Purchase("openai", "m", "vision", "key", 7)
    with transaction() as session:
        work.enqueue(session, Step.ANALYZE, [(1, 1)], hint=0.0)
    [held] = leased(Step.ANALYZE, [(1, 1)])
    with transaction() as session:
        assert isinstance(ledger.reserve(session, held, wanted, Limits(at_once=2)), ledger.Reservation)
        ledger.abandon_of(session, str(uuid.uuid4())[:18])
    assert account().open == 1
    with transaction() as session:
        ledger.abandon_of(session, str(held.token)[:18])
    assert (account().open, account().today) == (0, 7)


def test_a_call_that_was_never_made_costs_nothing_and_changes_no_other(settings: Settings) -> None:
    """Neither one that was answered under the same lease nor one of another lease."""
    now, lease = datetime.now(UTC), uuid.uuid4()
    spend(now, 40)
    spend(now, None)
    change("UPDATE token_ledger SET lease_token = :lease", lease=lease)
    spend(now, None, reserved=5)
    with transaction() as session:
        ledger.never_sent(session, [lease])
    found = account()
    assert (found.today, found.open) == (45, 1)
    ends = "SELECT outcome, settled FROM token_ledger ORDER BY id"
    assert rows(ends) == [("answered", 40), ("free", 0), (None, None)]

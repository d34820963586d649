"""The work table: who may do what, once, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from app.db import transaction
from app.domain.kinds import State, Step
from app.errors import Permanent, Skip, Transient
from app.pipeline.engine import work
from app.pipeline.engine.work import Claim
from app.settings import Settings
from tests.integration.pipeline.database import change, one, rows

LEASE, LIMIT = 600.0, 3


@pytest.fixture
def session(settings: Settings) -> Iterator[Session]:
    """One transaction."""
    with transaction() as session:
        yield session


def state(subject: int = 1, step: Step = Step.TAG) -> tuple[object, ...]:
    """(state, reason, attempts) of a row, whatever its revision."""
    query = "SELECT state, reason, attempts FROM work WHERE step = :step AND subject_id = :subject"
    [row] = rows(query, step=step.value, subject=subject)
    return row


def claim(*keys: tuple[int, int], step: Step = Step.TAG, lease: float = LEASE) -> list[Claim]:
    """Leases in a transaction of their own."""
    with transaction() as session:
        return work.claim(session, step, keys, lease)


def arm(*keys: tuple[int, int], step: Step = Step.TAG, delay: float = 0.0) -> None:
    with transaction() as session:
        work.enqueue(session, step, keys, hint=0.0, delay=delay)


def test_arming_twice_makes_one_row_and_changes_none(settings: Settings) -> None:
    arm((1, 1))
    [held] = claim((1, 1))
    arm((1, 1), (2, 1))
    assert state() == ("leased", None, 1)
    with transaction() as session:
        assert work.finish(session, [held]) == 1
    arm((1, 1))
    assert state() == ("done", None, 1)


def test_only_what_is_due_now_can_be_claimed(settings: Settings) -> None:
    arm((1, 1), delay=60)
    assert claim((1, 1), (2, 1)) == []
    arm((3, 1))
    assert len(claim((3, 1))) == 1
    assert claim((3, 1)) == [], "it is leased"


def test_two_claimers_get_disjoint_rows(settings: Settings) -> None:
    keys = [(i, 1) for i in range(200)]
    arm(*keys)
    start = Barrier(4)

    def take() -> list[Claim]:
        start.wait()
        return claim(*keys)

    with ThreadPoolExecutor(4) as pool:
        found = [held for done in [pool.submit(take) for _ in range(4)] for held in done.result()]
    found += claim(*keys)
    assert sorted(held.subject_id for held in found) == list(range(200))


def test_making_due_again_takes_the_lease_away(settings: Settings) -> None:
    arm((1, 1))
    [old] = claim((1, 1))
    with transaction() as session:
        work.requeue(session, Step.TAG, [(1, 1), (1, 1)], hint=0.0)
        assert work.still_held(session, [old]) == set()
        assert work.finish(session, [old]) == 0
    assert state() == ("due", None, 0)
    assert len(claim((1, 1))) == 1


def test_a_persons_wish_survives_failures_and_whatever_else_asks(settings: Settings) -> None:
    with transaction() as session:
        work.requeue(session, Step.TAG, [(1, 1)], hint=0.0, asked="asked")
    [held] = claim((1, 1))
    with transaction() as session:
        assert work.fail(session, held, Transient("busy", 0.0), LIMIT) is State.DUE
    assert state() == ("due", None, 1)
    with transaction() as session:
        work.requeue(session, Step.TAG, [(1, 1)], hint=0.0)  # a merge, before the wish was granted
    [held] = claim((1, 1))
    assert held.asked == "asked"
    with transaction() as session:
        work.finish(session, [held])
        work.requeue(session, Step.TAG, [(1, 1)], hint=0.0)  # a merge afterwards
    assert rows("SELECT state, asked FROM work") == [("due", None)]


def test_older_revisions_end_and_nothing_else(settings: Settings) -> None:
    arm((1, 1), (1, 2), (2, 1), (3, 1))
    arm((1, 1), step=Step.DOWNLOAD)
    [leased] = claim((2, 1))
    [finished] = claim((3, 1))
    with transaction() as session:
        work.finish(session, [finished])
        work.supersede(session, [Step.TAG], {1: 2, 2: 2, 3: 2})
        assert work.still_held(session, [leased]) == set()
    found = rows("SELECT step, subject_id, revision, state FROM work ORDER BY 1, 2, 3")
    assert found == [
        ("download", 1, 1, "due"),
        ("tag", 1, 1, "skipped"),
        ("tag", 1, 2, "due"),
        ("tag", 2, 1, "skipped"),
        ("tag", 3, 1, "done"),
    ]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Skip("too large"), ("skipped", "too large", 1)),
        (Permanent("gone"), ("dead", "gone", 1)),
        (Transient("busy"), ("due", None, 1)),
        (Transient("flood", 30, charge=False), ("due", None, 0)),
    ],
)
def test_failures(settings: Settings, error: Skip | Permanent | Transient, expected: tuple[object, ...]) -> None:
    arm((1, 1))
    [held] = claim((1, 1))
    with transaction() as session:
        work.fail(session, held, error, LIMIT)
    assert state() == expected
    assert one("SELECT last_error FROM work WHERE step = 'tag'") == str(error)


def test_attempts_run_out_with_a_reason(settings: Settings) -> None:
    arm((1, 1))
    for attempt in range(1, LIMIT + 1):
        change("UPDATE work SET next_attempt_at = now()")
        [held] = claim((1, 1))
        assert held.attempts == attempt
        with transaction() as session:
            work.fail(session, held, Transient("no answer"), LIMIT)
    assert state() == ("dead", f"gave up after {LIMIT} attempts: no answer", LIMIT)


def test_a_flood_wait_is_a_time_in_the_row(settings: Settings) -> None:
    """Nobody sleeps, no attempt is charged, and a restart forgets nothing."""
    arm((1, 1))
    [held] = claim((1, 1))
    with transaction() as session:
        work.fail(session, held, Transient("flood", 100, charge=False), LIMIT)
    assert 99 < one("SELECT extract(epoch FROM next_attempt_at - clock_timestamp()) FROM work") <= 125
    assert claim((1, 1)) == []


def test_leases_run_out(settings: Settings) -> None:
    arm((1, 1), (2, 1))
    for _ in range(LIMIT - 1):
        claim((1, 1), lease=0.0)
        change("UPDATE work SET lease_until = now() - interval '1 s' WHERE state = 'leased'")
        with transaction() as session:
            assert work.expire(session, LIMIT) == 1
        assert state()[0] == "due"
    claim((1, 1), lease=0.0)
    [alive] = claim((2, 1))
    with transaction() as session:
        work.expire(session, LIMIT)
    assert state(1) == ("dead", "its worker vanished every time", LIMIT)
    with transaction() as session:
        assert work.still_held(session, [alive]) == {alive.id}


def test_expiry_waits_for_nobody(settings: Settings) -> None:
    """A holder that is just ending its lease keeps it; the sweeper goes on with the others."""
    arm((1, 1), (2, 1))
    [late, _] = claim((1, 1), (2, 1), lease=0.0)
    with transaction() as holder:
        assert work.still_held(holder, [late]) == {late.id}
        with transaction() as sweeper:
            assert work.expire(sweeper, LIMIT) == 1
        assert work.finish(holder, [late]) == 1
    assert sorted(rows("SELECT state FROM work")) == [("done",), ("due",)]


def test_nothing_to_do_is_no_statement(session: Session) -> None:
    work.enqueue(session, Step.TAG, [], hint=0.0)
    work.requeue(session, Step.TAG, [], hint=0.0)
    work.supersede(session, [Step.TAG], {})
    assert work.claim(session, Step.TAG, [], LEASE) == []

"""A worker that was killed keeps nothing leased: whoever starts under its name ends its leases."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from app.db import transaction
from app.domain.kinds import State, Step
from app.models import TokenLedger, WorkerHeartbeat
from app.pipeline import work
from app.pipeline.presence import Presence
from app.pipeline.sweep import sweep
from app.settings import Settings
from tests.integration.pipeline.worlds import change, rows

NAME = "media@here"
FORMER = "11111111-2222-3333"  # how its lease tokens began


@pytest.fixture
def dead() -> int:
    """The id of a process that ended."""
    with subprocess.Popen(["true"]) as process:
        pass
    return process.pid


@pytest.fixture
def living() -> Iterator[int]:
    """The id of a process that does not end."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process.pid
        process.kill()


def leased(*subjects: int, by: str | None = None) -> None:
    """Rows that somebody works on. by: how his tokens begin, ours by default."""
    with transaction() as session:
        work.arm(session, Step.INDEX, [(subject, 1) for subject in subjects], hint=0.0)
        work.claim(session, Step.INDEX, [(subject, 1) for subject in subjects], 600.0)
    if by:
        query = "UPDATE work SET lease_token = CAST(:by || substr(CAST(lease_token AS text), 19) AS uuid)"
        change(query + " WHERE subject_id = ANY(:subjects)", by=by, subjects=list(subjects))


def heartbeat(pid: int, leases: str | None = FORMER) -> None:
    with transaction() as session:
        session.add(WorkerHeartbeat(worker=NAME, pid=pid, queues="media", leases=leases))


def states() -> dict[int, tuple[str, int]]:
    """subject -> (state, attempts)"""
    return {row[0]: (row[1], row[2]) for row in rows("SELECT subject_id, state, attempts FROM work")}


def test_what_a_killed_worker_held_is_due_again_as_soon_as_it_is_back(settings: Settings, dead: int) -> None:
    leased(1, 2, by=FORMER)
    leased(3)
    leased(4, by="99999999-2222-3333")
    change("UPDATE work SET attempts = :most WHERE subject_id = 2", most=settings.max_attempts)
    heartbeat(dead)
    presence = Presence(NAME, os.getpid(), "media")
    presence.beat()
    sweep()
    # The attempt counts: it may have been the subject that killed it.
    assert states() == {1: ("due", 1), 2: ("dead", settings.max_attempts), 3: ("leased", 1), 4: ("leased", 1)}
    assert rows("SELECT pid FROM worker_heartbeats") == [(os.getpid(),)]


def test_whoever_lives_keeps_what_he_has(settings: Settings, living: int) -> None:
    leased(1, by=FORMER)
    heartbeat(living)
    Presence(NAME, os.getpid(), "media").beat()
    sweep()
    assert states() == {1: ("leased", 1)}


@pytest.mark.parametrize("former", [FORMER, None])
def test_in_a_container_the_predecessor_had_our_number(settings: Settings, former: str | None) -> None:
    """None: it was of a version that did not tell how its tokens begin."""
    leased(1, by=FORMER)
    heartbeat(os.getpid(), former)
    Presence(NAME, os.getpid(), "media").beat()
    sweep()
    assert states() == {1: ("due" if former else "leased", 1)}


def test_a_call_that_it_had_paid_for_is_unknown_at_once(settings: Settings, dead: int) -> None:
    leased(1, by=FORMER)
    heartbeat(dead)
    [(id_, token)] = rows("SELECT id, lease_token FROM work")
    with transaction() as session:
        session.add(
            TokenLedger(
                provider="openai", model="m", purpose="vision", work_id=id_, lease_token=token, estimate=7, reserved=7
            )
        )
    Presence(NAME, os.getpid(), "media").beat()
    [(outcome, settled, reserved)] = rows("SELECT outcome, settled, reserved FROM token_ledger")
    assert (outcome, settled, reserved) == (State.UNKNOWN.value, None, 7)


def test_it_inherits_once(settings: Settings, dead: int) -> None:
    heartbeat(dead)
    presence = Presence(NAME, os.getpid(), "media")
    presence.beat()
    leased(1, by=FORMER)
    presence.beat()
    sweep()
    assert states() == {1: ("leased", 1)}

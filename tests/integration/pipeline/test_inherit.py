"""A worker that was killed keeps nothing leased: whoever starts under its name ends its leases."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator

import pytest

from app.db import transaction
from app.domain.kinds import State, Step
from app.models import TokenLedger, WorkerHeartbeat
from app.operations import run_until_idle
from app.pipeline.engine.heartbeat import BEATS, Heartbeat
from app.pipeline.engine.lost_child import child_lost
from app.pipeline.engine.reclaim import here
from app.pipeline.engine.sweep import sweep
from app.settings import Settings
from tests.factories.rows import due
from tests.factories.rows import leased as lease
from tests.integration.pipeline.database import change, one, rows

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
    lease(Step.INDEX, due(Step.INDEX, [(subject, 1) for subject in subjects]))
    if by:
        query = "UPDATE work SET lease_token = CAST(:by || substr(CAST(lease_token AS text), 19) AS uuid)"
        change(query + " WHERE subject_id = ANY(:subjects)", by=by, subjects=list(subjects))


def heartbeat(pid: int, leases: str | None = FORMER, place: str = here()) -> None:
    with transaction() as session:
        session.add(WorkerHeartbeat(worker=NAME, pid=pid, queues="media", leases=leases, place=place))


def paying() -> None:
    """The one leased row has a call under way."""
    [(id_, token)] = rows("SELECT id, lease_token FROM work")
    call = {"provider": "openai", "model": "m", "purpose": "vision", "estimate": 7, "reserved": 7}
    with transaction() as session:
        session.add(TokenLedger(work_id=id_, lease_token=token, **call))


def beats(presence: Heartbeat, count: int, between: Callable[[], object] = lambda: None) -> None:
    """So many heartbeats, and what somebody else does after each."""
    for _ in range(count):
        presence._next = 0.0
        presence.beat()
        between()


def namesake() -> None:
    """The one of our name lives, and shows it."""
    change("UPDATE worker_heartbeats SET leases = :leases, place = 'elsewhere', seen_at = now()", leases=FORMER)


def states() -> dict[int, tuple[str, int]]:
    """subject -> (state, attempts)"""
    return {row[0]: (row[1], row[2]) for row in rows("SELECT subject_id, state, attempts FROM work")}


def test_what_a_killed_worker_held_is_due_again_as_soon_as_it_is_back(settings: Settings, dead: int) -> None:
    leased(1, 2, by=FORMER)
    leased(3)
    leased(4, by="99999999-2222-3333")
    change("UPDATE work SET attempts = :most WHERE subject_id = 2", most=settings.max_attempts)
    heartbeat(dead)
    presence = Heartbeat(NAME, os.getpid(), "media")
    presence.beat()
    sweep()
    # The attempt counts: it may have been the subject that killed it.
    assert states() == {1: ("due", 1), 2: ("dead", settings.max_attempts), 3: ("leased", 1), 4: ("leased", 1)}
    assert rows("SELECT pid FROM worker_heartbeats") == [(os.getpid(),)]


def test_whoever_lives_keeps_what_he_has(settings: Settings, living: int) -> None:
    leased(1, by=FORMER)
    heartbeat(living)
    Heartbeat(NAME, os.getpid(), "media").beat()
    sweep()
    assert states() == {1: ("leased", 1)}


@pytest.mark.parametrize("former", [FORMER, None])
def test_a_process_that_had_our_number_is_dead(settings: Settings, former: str | None) -> None:
    """None: it was of a version that did not tell how its tokens begin."""
    leased(1, by=FORMER)
    heartbeat(os.getpid(), former)
    Heartbeat(NAME, os.getpid(), "media").beat()
    sweep()
    assert states() == {1: ("due" if former else "leased", 1)}


def test_elsewhere_a_number_says_nothing_and_silence_does(settings: Settings, dead: int) -> None:
    """A container that is started again, and a machine that has the name of another: whoever lives writes his row."""
    leased(1, by=FORMER)
    heartbeat(dead, place="elsewhere")
    ours = Heartbeat(NAME, os.getpid(), "media")
    beats(ours, BEATS)
    sweep()
    assert states() == {1: ("leased", 1)}
    beats(ours, 1)
    sweep()
    assert states() == {1: ("due", 1)}


def test_a_namesake_that_lives_elsewhere_keeps_leases_and_calls(settings: Settings) -> None:
    leased(1, by=FORMER)
    paying()
    heartbeat(os.getpid(), place="elsewhere")
    beats(Heartbeat(NAME, os.getpid(), "media"), 3 * BEATS, namesake)
    sweep()
    assert (states(), one("SELECT outcome FROM token_ledger")) == ({1: ("leased", 1)}, None)


def test_a_call_that_it_had_paid_for_is_unknown_at_once(settings: Settings, dead: int) -> None:
    leased(1, by=FORMER)
    heartbeat(dead)
    paying()
    Heartbeat(NAME, os.getpid(), "media").beat()
    assert rows("SELECT outcome, settled, reserved FROM token_ledger") == [(State.UNKNOWN.value, None, 7)]


def test_whoever_starts_a_home_frees_what_died_with_it_and_no_other(
    settings: Settings, living: int, dead: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded database of a home may serve another home's workers too."""
    leased(1, by=FORMER)
    paying()
    heartbeat(living)
    leased(2, by="99999999-2222-3333")
    change(
        "INSERT INTO worker_heartbeats (worker, pid, queues, leases, place)"
        " VALUES ('other', :pid, 'media', '99999999-2222-3333', :place)",
        pid=dead,
        place=here(),
    )
    leased(3)
    monkeypatch.delenv("DATABASE_URL")  # to us it is the embedded one
    run_until_idle.free_orphans()
    assert {subject: state for subject, (state, _) in states().items()} == {1: "leased", 2: "due", 3: "due"}
    assert one("SELECT outcome FROM token_ledger") is None


def test_it_inherits_once(settings: Settings, dead: int) -> None:
    heartbeat(dead)
    presence = Heartbeat(NAME, os.getpid(), "media")
    beats(presence, 1)
    leased(1, by=FORMER)
    beats(presence, 2 * BEATS)
    sweep()
    assert states() == {1: ("leased", 1)}


def test_a_lost_child_does_not_cost_its_sibling_the_lease(settings: Settings) -> None:
    """The sweeper published 2 and 3 once more, since the message [1, 2, 3] took longer than REPUBLISH_AFTER."""
    due(Step.ANALYZE, [(n, 1) for n in (1, 2, 3)], hint=60.0)
    lease(Step.ANALYZE, [(1, 1)])  # by the child that dies
    lease(Step.ANALYZE, [(2, 1)])  # by its sibling, out of the second message
    child_lost("app.tasks.analyze.analyze_media", [[1, 1], [2, 1], [3, 1]], "signal 9 (SIGKILL)")
    assert states() == {1: ("due", 1), 2: ("leased", 1), 3: ("due", 0)}

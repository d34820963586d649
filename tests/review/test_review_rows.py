"""Review: faults that rows show."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator

import pytest

from app import once
from app.db import transaction
from app.domain.kinds import Step
from app.models import TokenLedger
from app.pipeline import work
from app.pipeline.lost import child_lost
from app.pipeline.presence import Presence
from app.pipeline.sweep import sweep
from app.settings import Settings, get_settings
from tests.integration.pipeline.test_inherit import FORMER, NAME, heartbeat, leased, living, states  # noqa: F401
from tests.integration.pipeline.worlds import change, one, rows


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    yield
    get_settings.cache_clear()


def paying(seconds_ago: float = 0.0) -> None:
    """The one leased row has a call under way."""
    [(id_, token)] = rows("SELECT id, lease_token FROM work")
    with transaction() as session:
        session.add(
            TokenLedger(
                provider="openai", model="m", purpose="vision", work_id=id_, lease_token=token, estimate=7, reserved=7
            )
        )
    change("UPDATE token_ledger SET created_at = now() - make_interval(secs => :ago)", ago=seconds_ago)


def test_a_living_namesake_in_another_pid_namespace_keeps_its_leases(settings: Settings) -> None:
    """Two containers (hostNetwork, `hostname:`): one name, and one pid, since each counts its own."""
    leased(1, by=FORMER)
    paying()
    heartbeat(os.getpid(), FORMER)
    ours = Presence(NAME, os.getpid(), "media")
    for _ in range(2):
        ours.beat()
        ours._next = 0.0
        # the other one lives, and shows it every ten seconds
        change("UPDATE worker_heartbeats SET leases = :l, seen_at = now()", l=FORMER)
    sweep()
    assert (states(), one("SELECT outcome FROM token_ledger")) == ({1: ("leased", 1)}, None)


def test_a_host_of_the_same_name_keeps_its_leases(settings: Settings) -> None:
    """A cloned machine: its worker's pid is nobody's here."""
    with subprocess.Popen(["true"]) as process:
        pass
    leased(1, by=FORMER)
    heartbeat(process.pid)
    ours = Presence(NAME, os.getpid(), "media")
    for _ in range(2):
        ours.beat()
        ours._next = 0.0
        change("UPDATE worker_heartbeats SET leases = :l, seen_at = now()", l=FORMER)
    sweep()
    assert states() == {1: ("leased", 1)}


def test_up_ends_no_lease_of_another_home_that_uses_its_database(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    living: int,  # noqa: F811
) -> None:
    leased(1, by=FORMER)
    paying()
    heartbeat(living)  # of the other home, seen this moment
    monkeypatch.delenv("DATABASE_URL")  # to us it is the embedded one
    once.free_orphans()
    assert (states(), one("SELECT outcome FROM token_ledger")) == ({1: ("leased", 1)}, None)


def test_a_lost_child_does_not_cost_its_sibling_the_lease(settings: Settings) -> None:
    """The sweeper published 2 and 3 once more, since the message [1, 2, 3] took longer than REPUBLISH_AFTER."""
    with transaction() as session:
        work.arm(session, Step.ANALYZE, [(n, 1) for n in (1, 2, 3)], hint=0.0)
        work.claim(session, Step.ANALYZE, [(1, 1)], 600.0)  # by the child that dies
        work.claim(session, Step.ANALYZE, [(2, 1)], 600.0)  # by its sibling, out of the second message
    child_lost("app.tasks.analyze.analyze_media", [[1, 1], [2, 1], [3, 1]], "signal 9 (SIGKILL)")
    assert states()[2] == ("leased", 1)

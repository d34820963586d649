"""Strikes at workers that answer: one before the answer is there, one between the answer and its rows.

They are planned beside the others, at moments of their own, so that the seeds of the others strike as before.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from random import Random

import psycopg

from tests.chaos.nemesis.asking import ask, await_posts
from tests.chaos.nemesis.bed import Bed, children
from tests.chaos.nemesis.plan import Planned
from tests.chaos.nemesis.questions import NOWHERE, pool
from tests.chaos.nemesis.strikes import LEASED, Kind

AT_ONCE = 4  # questions that are put so that a worker has one in hand
WAIT = 6.0  # seconds at most for that moment: the sweeper brings a lost message after REPUBLISH_AFTER (4 s)
# A worker that has its answer waits here; those who read the rows do not.
HOLD = "LOCK TABLE answer_sentences IN EXCLUSIVE MODE"
HELD = "SELECT 1 FROM pg_locks WHERE relation = 'answer_sentences'::regclass AND NOT granted LIMIT 1"
UNDER_WAY = LEASED.format("'ask'")
SHARES = (0.4, 0.7)  # of the torment: some posts can be found by then, and there is time to get over it


def _amid(bed: Bed, random: Random) -> str:
    """A worker is killed while it, or the model for it, looks for an answer."""
    await_posts(bed)
    _put(bed, random)
    _await(lambda: bed.model.answering or (not _paid(bed) and bed.rows(UNDER_WAY)))
    return _kill(bed)


def _before_rows(bed: Bed, random: Random) -> str:
    """A worker is killed when it has its answer and none of its sentences is written."""
    await_posts(bed)
    with suppress(psycopg.OperationalError), bed.connection() as connection, connection.transaction():
        connection.execute(HOLD)
        _put(bed, random)
        _await(lambda: bed.rows(HELD))
        return _kill(bed)
    return ""


def _put(bed: Bed, random: Random) -> None:
    """Different questions at once, each with its message."""
    for text in random.sample([text for text in pool(bed.seed) if text != NOWHERE], AT_ONCE):
        ask(bed, text, message=True)


def _await(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + WAIT
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            if holds():
                return
        time.sleep(0.01)


def _kill(bed: Bed) -> str:
    """The process that answers; each child of a pool, since one of them does."""
    name = "worker-llm" if _paid(bed) else "worker-default"
    worker = bed.processes.alive().get(name)
    if worker is None:
        return ""
    pids = [worker] if _paid(bed) else children(worker)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return name if pids else ""


def _paid(bed: Bed) -> bool:
    return bed.settings.answerer != "extractive"


ANSWERING = (
    Kind("kill -9 in the middle of an answer", _amid, most=1),
    Kind("kill -9 between an answer and its rows", _before_rows, most=1),
)


def plan(seed: int, seconds: float, only: Collection[str] = ()) -> list[Planned]:
    """Each of these strikes once, in an order and at moments that the seed chooses. only: these kinds."""
    random = Random(f"answering {seed}")
    kinds = [kind for kind in ANSWERING if not only or kind.name in only]
    random.shuffle(kinds)
    moments = [share * seconds * random.uniform(0.9, 1.1) for share in SHARES]
    return [Planned(at, kind, random.getrandbits(32)) for at, kind in zip(moments, kinds, strict=False)]

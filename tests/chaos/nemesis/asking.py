"""The users who ask: from processes of their own and from this one, again and again while services are away."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

import psycopg
from kombu.exceptions import OperationalError as BrokerAway
from sqlalchemy.exc import DBAPIError

from app import wiring
from app.ask.questions import Placed, place, prepare
from app.cli.output import OK, TIMED_OUT
from app.db import transaction
from app.queues import queue_of
from tests.chaos.nemesis.bed import Bed
from tests.chaos.nemesis.questions import Asked, Way
from tests.steps import TASKS

TRIES = 60  # of a user whose question was not taken, one a second
ENOUGH, POSTS = 8, 120.0  # posts that can be found, and seconds until then at most: four, or a minute on a busy machine
PATIENCE = "10"  # seconds that a command waits for its answer
LIFE = (0.8, 2.5)  # seconds of a command that is killed: before its question is written, or behind


def await_posts(bed: Bed) -> None:
    """Waits until there is something to ask about, for a while."""
    deadline = time.monotonic() + POSTS
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            if bed.one("SELECT count(*) FROM search_documents") >= ENOUGH:
                return
        time.sleep(0.1)


def ask_all(bed: Bed, asked: Sequence[Asked]) -> None:
    """Puts each question at its time, from the moment on at which the first posts can be found."""
    await_posts(bed)
    start = time.monotonic()
    users = []
    for one in asked:
        time.sleep(max(0.0, start + one.at - time.monotonic()))
        users += [threading.Thread(target=_ask, args=(bed, one.text, way, one.at)) for way in one.ways]
        for user in users[-len(one.ways) :]:
            user.start()
    for user in users:
        user.join()


def ask(bed: Bed, text: str, *, message: bool) -> int | None:
    """Writes a question from this process, and sends its message. Returns its number; None after too many tries."""
    for _ in range(TRIES):
        with suppress(DBAPIError):
            placed = _placed(text)
            bed.told.append((text, placed.id))
            if message and placed.call is not None:
                _send(bed, placed)
            return placed.id
        time.sleep(1.0)
    return None


def _ask(bed: Bed, text: str, way: Way, at: float) -> None:
    if way == "killed":
        _killed(bed, text, LIFE[0] + at % (LIFE[1] - LIFE[0]))
    elif way == "command":
        _command(bed, text)
    else:
        ask(bed, text, message=way == "message")


def _placed(text: str) -> Placed:
    with transaction() as session:
        return place(session, prepare(session, text, embedder=wiring.embedder()), wiring.asking().version)


def _send(bed: Bed, placed: Placed) -> None:
    call = placed.call
    assert call is not None
    args = ([list(key) for key in call.keys], call.bulk)
    with suppress(BrokerAway), bed.celery.connection_for_write() as connection:
        bed.celery.send_task(
            TASKS[call.step], args, queue=queue_of(call, bed.settings), connection=connection, retry=False
        )


def _command(bed: Bed, text: str) -> None:
    for _ in range(TRIES):
        done = bed.command("ask", text, "--json", "--yes", "--timeout", PATIENCE)
        if done.returncode in (OK, TIMED_OUT):
            bed.told.append((text, json.loads(done.stdout)["id"]))
            return
        bed.refused.append(done.stderr)
        time.sleep(1.0)


def _killed(bed: Bed, text: str, seconds: float) -> None:
    """A command that ends somewhere: its question is written or not, and neither may matter."""
    with suppress(subprocess.TimeoutExpired):
        bed.command("ask", text, "--json", "--yes", seconds=seconds)

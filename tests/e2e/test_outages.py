"""What the whole system does when its services are away, when it is told to end, and when parts of it run twice."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest

from app.adapters.telegram import connect_telegram
from app.adapters.telegram.errors import AccountBusy
from app.demo.llm import LoopbackLLM, plausible
from app.demo.llm.answers import Asked
from app.demo.telegram import Faults, Rule
from app.home.directory import open_home
from app.local.fleet import environment, programs
from tests.e2e.own import Own, child, gone, own_system, posted

WORKERS = ("worker-telegram", "worker-media", "worker-default", "worker-llm")
STOP = 1.0  # STOP_SECONDS
# What follows, and some patience for a busy machine; `up` grants ten seconds beyond STOP_SECONDS before it kills.
LAST = 3.0 + 4.0
HANGS = Rule(every=1, methods=("upload.getFile",))
AWAY = 5.0  # seconds without a database
QUIET = {
    "STOP_SECONDS": str(STOP),
    "LEASE_SECONDS": "600",  # nothing that waits for a lease to run out ends within this test
    "REPUBLISH_AFTER": "60",
    "MAX_ATTEMPTS": "5",
    "TAG_WAIT": "0",
}
DECODERS = ("tesserocr", "simplejpeg", "pi_heif", "pypdfium2", "onnxruntime")


@pytest.fixture(scope="module")
def thinking() -> Event:
    """While it is clear, the model thinks and says nothing."""
    found = Event()
    found.set()
    return found


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory, thinking: Event) -> Iterator[Own]:
    """A system whose database and broker were away when it started, with a paid tagger."""

    def answer(asked: Asked) -> Any:
        thinking.wait(60)
        return plausible(asked)

    with LoopbackLLM(answer=answer) as model:
        env = {**QUIET, **model.environment("openai", tags=True), "VISION_PROVIDER": "local"}
        with own_system(tmp_path_factory.mktemp("own"), ("postgres", "valkey"), env) as system:
            _second_beat(system)
            yield system


@pytest.fixture
def awake(own: Own) -> Own:
    """The same with its services, whichever test came first."""
    own.services.revive_all()
    own.flow.until(lambda: _answers(own), "the database", 30)
    return own


def _second_beat(own: Own) -> None:
    settings = own.flow.settings
    beat = next(one for one in programs(settings, open_home(settings.media_audit_home)) if one.name == "beat")
    own.processes.add(
        "beat-2",
        beat.argv,
        environment(settings),
        own.flow.home / "beat-2.log",
    )


def test_services_that_are_away_are_waited_for(own: Own) -> None:
    """At the start both; while posts come in the database. Two beats tick all the time."""
    time.sleep(2.0)  # the workers are up by now, or would have died of it
    down = own.command("status")
    assert down.returncode == 1
    assert "the database does not answer" in down.stderr
    own.services.revive("postgres")
    own.flow.until(lambda: _answers(own), "the database", 30)
    assert "the broker does not answer" in own.command("status").stdout
    own.services.revive("valkey")
    channel = own.watched()
    posted(channel, 1, 2)
    own.complete(channel, 2)  # a file that is on its way when the database goes is fetched once more
    own.services.kill("postgres")
    posted(channel, 3, 4)
    time.sleep(AWAY)
    own.services.revive("postgres")
    own.flow.until(lambda: _answers(own), "the database", 30)
    own.complete(channel, 4)
    assert channel.fetched() == 4, "each file once, also by two beats"
    assert own.command("status").stdout.count("what is wrong") == 0
    assert set(own.processes.restarts().values()) == {0}


def test_one_owner_of_the_account_beside_running_workers(awake: Own) -> None:
    """Whatever a person starts meanwhile: the server, which allows one connection, closes no session."""
    with ThreadPoolExecutor(3) as people:
        calls = [("up",), ("channels", "add", "@own_channel_3"), ("doctor",)]
        up, added, doctor = people.map(lambda call: awake.command(*call), calls)
    assert (up.returncode, added.returncode) == (2, 0), "this home is taken; a note for the workers is left"
    assert "the session is well formed" in doctor.stdout
    second = connect_telegram(awake.flow.settings)
    try:
        with pytest.raises(AccountBusy):
            second.connect()
    finally:
        second.close()
    fresh = "SELECT 1 FROM channels WHERE reference = '@own_channel_3' AND last_success_at IS NOT NULL"
    awake.flow.until(lambda: awake.flow.rows(fresh), "the new channel's poll", 30)
    assert awake.flow.rows("SELECT last_error FROM channels WHERE last_error IS NOT NULL") == []


def test_what_strangers_send_is_decoded_elsewhere(awake: Own) -> None:
    """A file that crashes a decoder must not take the account's connection along."""
    channel = awake.watched()
    posted(channel, 1)
    awake.complete(channel, 1)
    assert _decoders(awake.pid("worker-telegram")) == []
    assert "simplejpeg" in _decoders(child(awake.pid("worker-media"))), "it has read pictures"


def _decoders(process: int) -> list[str]:
    loaded = Path(f"/proc/{process}/maps").read_text()
    return [name for name in DECODERS if name in loaded]


def _answers(own: Own) -> bool:
    try:
        return bool(own.flow.rows("SELECT 1"))
    except psycopg.OperationalError:
        return False


def test_what_is_under_way_is_handed_back_and_goes_on_at_once(awake: Own, thinking: Event) -> None:
    """SIGTERM amid downloads that hang, a picture that takes for ever, a model that thinks; leases of ten minutes."""
    flow = awake.flow
    channel = awake.watched()
    thinking.clear()
    os.kill(child(awake.pid("worker-media")), signal.SIGSTOP)
    posted(channel, 1)
    awake.under_way("tag")
    flow.server.faults = Faults(hang=HANGS)
    posted(channel, 2, 3)
    awake.under_way("download", 2)
    stopped = [awake.pid(name) for name in WORKERS]
    began = time.monotonic()
    for one in stopped:
        os.kill(one, signal.SIGTERM)
    for one in stopped:
        gone(one, STOP + LAST - (time.monotonic() - began))
    left = flow.rows("SELECT step, state, attempts, last_error FROM work WHERE state <> 'done'")
    assert [row for row in left if row["state"] == "leased"] == []
    assert {row["attempts"] for row in left if row["state"] == "due"} == {0}
    assert [row["step"] for row in left if row["state"] == "unknown"] == ["tag"], "it may have been charged"
    assert Counter(row["step"] for row in left)["download"] == 2
    thinking.set()
    flow.server.faults = Faults(auth_key_duplicated=True)
    awake.complete(channel, 3)

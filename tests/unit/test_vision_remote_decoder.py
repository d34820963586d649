"""A decoder's child that leaves, or answers nonsense: a verdict of ours each time, and the next file has another."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.adapters.loop import Leaving
from app.adapters.vision.remote.decoder import Decoder, Limits
from app.errors import Transient
from app.ports import MediaInput
from tests.factories.decoders import LEAVES, first_child
from tests.factories.files import stored
from tests.factories.pictures import encoded, photograph

LIMITS = Limits(max_side=640, max_pixels=10**6, max_bytes=10**6)
SECONDS = 20.0


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    made = Decoder()
    yield made
    made.close()


@pytest.fixture
def cat(tmp_path: Path) -> MediaInput:
    (tmp_path / "cat").write_bytes(encoded(photograph("cat")))
    return stored(tmp_path / "cat", "image/jpeg")


def test_a_child_that_leaves_between_two_files_costs_one_attempt(
    decoder: Decoder, cat: MediaInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_child(monkeypatch, tmp_path, LEAVES)
    with pytest.raises(Transient, match="not this time"):
        decoder.prepare(cat, LIMITS, SECONDS)
    assert decoder.pid is not None
    with pytest.raises(Transient, match="decoder died"):
        decoder.prepare(cat, LIMITS, SECONDS)
    assert decoder.prepare(cat, LIMITS, SECONDS).pictures


def test_a_child_that_leaves_in_the_middle_of_a_request_costs_one_attempt(
    decoder: Decoder, cat: MediaInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request larger than a pipe waits for its reader."""
    first_child(monkeypatch, tmp_path, "exec 0<&-; exec sleep 60")
    with pytest.raises(Transient, match="decoder died"):
        decoder.prepare(MediaInput(cat.path, cat.sha256, "image/jpeg" + " " * 300_000), LIMITS, SECONDS)


def test_a_child_that_died_between_two_files_costs_nothing(decoder: Decoder, cat: MediaInput) -> None:
    decoder.prepare(cat, LIMITS, SECONDS)
    died = decoder.pid
    assert died is not None
    os.kill(died, signal.SIGKILL)
    os.waitid(os.P_PID, died, os.WEXITED | os.WNOWAIT)
    assert decoder.prepare(cat, LIMITS, SECONDS).pictures
    assert decoder.pid != died


def test_the_time_of_a_file_ends_with_the_file(decoder: Decoder, cat: MediaInput) -> None:
    """Else it would kill the child over another one."""
    decoder.prepare(cat, LIMITS, 600.0)
    timers = [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]
    for timer in timers:
        timer.join(20)
    assert not any(timer.is_alive() for timer in timers)


def test_a_process_that_has_to_end_begins_no_file(decoder: Decoder, cat: MediaInput) -> None:
    decoder.interrupt()
    with pytest.raises(Leaving) as raised:
        decoder.prepare(cat, LIMITS, SECONDS)
    assert (raised.value.charge, decoder.pid) == (False, None)


def test_a_process_that_has_to_end_charges_no_file(decoder: Decoder, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # opening it takes for ever
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(decoder.prepare, MediaInput(tmp_path / "pipe", "0" * 64, "image/jpeg"), LIMITS, SECONDS)
        with (tmp_path / "pipe").open("wb"):  # the child is at the file now
            decoder.interrupt()
            with pytest.raises(Leaving) as raised:
                slow.result()
    assert (raised.value.charge, decoder.pid) == (False, None)


@pytest.mark.parametrize(
    "answer",
    [
        "not JSON",
        "5",
        '{"text": null}',
        '{"sizes": [999], "text": null, "facts": {}}',
        '{"sizes": [], "text": null, "facts": {"inspection": 1}}',
    ],
)
def test_half_an_answer_is_a_verdict(
    answer: str, decoder: Decoder, cat: MediaInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first_child(monkeypatch, tmp_path, f"read -r request; echo '{answer}'")
    with pytest.raises(Transient, match="decoder died"):
        decoder.prepare(cat, LIMITS, SECONDS)
    assert decoder.pid is None, "the rest of its answer is no part of the next one"


def test_no_child_at_all_is_a_verdict(decoder: Decoder, cat: MediaInput, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a machine that has no memory or no process left."""
    monkeypatch.setattr(sys, "executable", "/nonexistent")
    with pytest.raises(Transient, match="decoder died"):
        decoder.prepare(cat, LIMITS, SECONDS)

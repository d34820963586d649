"""One of a kind, however many ask at once."""

from __future__ import annotations

import threading
import time

import pytest

from app.process_singleton import process_singleton


def test_many_threads_get_the_same_one() -> None:
    made: list[object] = []

    @process_singleton
    def thing() -> object:
        time.sleep(0.05)  # long enough for all threads to be inside
        made.append(object())
        return made[-1]

    got: list[object] = []
    threads = [threading.Thread(target=lambda: got.append(thing())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert set(got) == {made[0]}


def test_a_failure_is_not_kept() -> None:
    answers = iter([ValueError("not yet"), None])

    @process_singleton
    def thing() -> int:
        if error := next(answers):
            raise error
        return 7

    with pytest.raises(ValueError, match="not yet"):
        thing()
    assert not thing.exists
    assert (thing(), thing(), thing.exists) == (7, 7, True)


def test_forgotten_is_made_again() -> None:
    numbers = iter(range(9))

    @process_singleton
    def thing() -> int:
        return next(numbers)

    assert (thing(), thing()) == (0, 0)
    thing.forget()
    assert thing() == 1

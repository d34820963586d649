"""Slots: history never takes the threads of live posts, and neither takes those of polls."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.settings import get_settings
from app.tasks import slots


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    for made in (slots._live, slots._bulk):
        made.forget()
    yield
    for made in (slots._live, slots._bulk):
        made.forget()


def test_history_leaves_the_slots_of_live_posts_alone() -> None:
    with ExitStack() as stack:
        taken = [stack.enter_context(slots.download_slot(bulk=True)) for _ in range(30)]
        assert 0 < taken.count(True) < 30
        assert stack.enter_context(slots.download_slot(bulk=False))


def test_downloads_leave_threads_for_polls() -> None:
    with ExitStack() as stack:
        live = [stack.enter_context(slots.download_slot(bulk=False)) for _ in range(60)]
        bulk = [stack.enter_context(slots.download_slot(bulk=True)) for _ in range(60)]
        assert live.count(True) + bulk.count(True) == get_settings().workers_telegram - slots.FOR_POLLS


def test_a_slot_comes_back() -> None:
    for _ in range(50):
        with slots.download_slot(bulk=True) as free:
            assert free

"""Bounds of the sweep: a pass publishes, frees, wakes and checks so many rows and no more, and forgets none."""

from __future__ import annotations

import pytest

from app.domain.kinds import Step
from app.pipeline.engine import sweep as sweep_module
from app.settings import Settings, get_settings
from tests.factories.messages import message, photo
from tests.factories.rows import due, keys, leased
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_sweep import Lossy, published


def bound(patch: pytest.MonkeyPatch, published: int, checked: int) -> None:
    patch.setattr(sweep_module, "BOUND", published)
    patch.setattr(sweep_module, "WINDOW", checked)


@pytest.mark.parametrize("step", [Step.PERSIST, Step.MERGE, Step.INDEX, Step.DOWNLOAD, Step.ANALYZE, Step.TAG])
def test_rows_that_are_ready_come_in_portions(step: Step, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an outage thousands are ready at once. A fan-in without children is ready."""
    bound(monkeypatch, 2, 4)
    due(step, keys(5))
    passes = [published(step) for _ in range(4)]
    assert [len(found) for found in passes] == [2, 2, 1, 0]
    assert sorted(subject for found in passes for subject in found) == list(range(5))


def test_rows_of_all_turns_share_a_portion(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    bound(monkeypatch, 3, 3)
    due(Step.TAG, keys(5))
    change("UPDATE work SET turn = 1 WHERE subject_id < 3")
    assert [len(published(Step.TAG)) for _ in range(3)] == [3, 2, 0]
    assert one("SELECT bool_and(hint_at > now()) FROM work")


def test_leases_that_ran_out_are_freed_in_portions_the_oldest_first(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fleet was killed with thousands of rows at work."""
    bound(monkeypatch, 2, 4)
    leased(Step.TAG, due(Step.TAG, keys(5)))
    change("UPDATE work SET lease_until = now() - (subject_id + 1) * interval '1 min'")
    held = "SELECT subject_id FROM work WHERE state = 'leased' ORDER BY 1"
    for left in ([0, 1, 2], [0], []):
        sweep_module.sweep({Step.TAG})
        assert [subject for (subject,) in rows(held)] == left


def test_rows_that_have_waited_long_enough_wake_in_portions(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    bound(monkeypatch, 2, 4)
    due(Step.DOWNLOAD, keys(5))
    change("UPDATE work SET state = 'waiting', next_attempt_at = now() - interval '1 min'")
    for left in (3, 1, 0):
        sweep_module.sweep({Step.DOWNLOAD})
        assert one("SELECT count(*) FROM work WHERE state = 'waiting'") == left


def test_a_pass_checks_so_many_that_wait_for_their_children(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest silent first; what was checked is asked again after a while."""
    Lossy(flow, Step.ANALYZE)
    flow.post(*(message(n, file=photo(name)) for n, name in enumerate(("cat", "dog", "tree", "car", "cow"), 1)))
    flow.drive.watch("@news")
    flow.drive.poll()
    monkeypatch.setenv("REPUBLISH_AFTER", "30")
    get_settings.cache_clear()
    bound(monkeypatch, 1, 2)
    change("UPDATE work SET hint_at = now() - subject_id * interval '1 min' WHERE step = 'merge'")
    waiting = "SELECT subject_id FROM work WHERE step = 'merge' AND hint_at > now() ORDER BY 1 DESC"
    all_of_them = rows("SELECT subject_id FROM work WHERE step = 'merge' ORDER BY 1 DESC")
    assert len(all_of_them) == 5
    for count in (2, 4, 5):
        assert published(Step.MERGE) == []
        assert rows(waiting) == all_of_them[:count]
    assert one("SELECT bool_and(hint_at BETWEEN now() + '25 s' AND now() + '31 s') FROM work WHERE step = 'merge'")


def test_fan_ins_of_a_long_queue_are_late_and_not_lost(settings: Settings) -> None:
    due(Step.PERSIST, keys(3))
    assert sweep_module.sweep({Step.PERSIST}) == []
    assert len(published(Step.PERSIST)) == 3


def test_fan_ins_that_are_not_due_yet_or_on_their_way_are_left(settings: Settings) -> None:
    due(Step.PERSIST, [(1, 1)], delay=60.0)
    due(Step.PERSIST, [(2, 1)], hint=60.0)
    due(Step.PERSIST, [(3, 1)])
    assert published(Step.PERSIST) == [3]

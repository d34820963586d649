"""Fan-ins in the sweep: a pass publishes and checks so many of them and no more, and forgets none."""

from __future__ import annotations

import pytest

from app.domain.kinds import Step
from app.pipeline.engine import sweep as sweep_module
from app.settings import Settings, get_settings
from tests.factories.messages import message, photo
from tests.factories.rows import due, keys
from tests.integration.pipeline.database import change, one, rows
from tests.integration.pipeline.flow import Flow
from tests.integration.pipeline.test_sweep import Lossy, published


def bound(patch: pytest.MonkeyPatch, published: int, checked: int) -> None:
    patch.setattr(sweep_module, "BOUND", published)
    patch.setattr(sweep_module, "WINDOW", checked)


@pytest.mark.parametrize("step", [Step.PERSIST, Step.MERGE])
def test_fan_ins_that_are_ready_come_in_portions(
    step: Step, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an outage thousands are ready at once."""
    bound(monkeypatch, 2, 4)
    due(step, keys(5))
    passes = [published(step) for _ in range(4)]
    assert [len(found) for found in passes] == [2, 2, 1, 0]
    assert sorted(subject for found in passes for subject in found) == list(range(5))


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

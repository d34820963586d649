"""Gaps between both sides of a channel, and tags that a lineage adds up to."""

from __future__ import annotations

from app.domain.gaps import compare
from app.domain.lineage import Passed, replay


def test_gaps_by_id() -> None:
    gaps = compare(range(1, 7), {1, 2, 3}, {1: True, 3: False, 4: True, 5: False})
    assert [(gap.id, gap.what) for gap in gaps] == [
        (2, "Telegram has it, and it is not kept"),
        (3, "Telegram has it, and it is marked as deleted"),
        (4, "Telegram has it no longer, and it is not marked as deleted"),
    ]


def test_a_lineage_adds_up_and_begins_anew() -> None:
    first, second = Passed("initial", ["a", "b"], []), Passed("vision_retag", ["c"], ["a"])
    assert replay([first, second]) == {"b", "c"}
    assert replay([first, second, Passed("initial", ["d"], [])]) == {"d"}
    assert replay([]) == set()

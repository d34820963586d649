"""A sentence whose embedding is far from that of its quotes is told; without an embedder none is."""

from __future__ import annotations

import math

import pytest

from app.domain.ask.checks.meaning import FLOOR, far


@pytest.mark.parametrize("nearness", [None, math.nan, FLOOR, 1.0, 0.99])
def test_near_and_unknown_pass(nearness: float | None) -> None:
    assert far(nearness) is None


@pytest.mark.parametrize("nearness", [FLOOR - 0.01, 0.0, -1.0])
def test_far_is_told_with_both_figures(nearness: float) -> None:
    found = far(nearness)
    assert found is not None
    assert f"{nearness:.2f}" in found
    assert f"{FLOOR:.2f}" in found

"""How much Hypothesis tries: the same few examples each time, or many new ones with MEDIA_AUDIT_TESTS=all."""

from __future__ import annotations

import os

import pytest
from hypothesis import Phase, settings

ALL = os.environ.get("MEDIA_AUDIT_TESTS") == "all"
MORE = 25  # times as many examples where somebody has an hour
# Of tests that take a second for each example: making a failure smaller would take longer than a test may.
PHASES = tuple(Phase) if ALL else (Phase.explicit, Phase.generate)
patient = pytest.mark.timeout(3600 if ALL else 300)


def load() -> None:
    """Makes one of the two profiles the default of all property tests."""
    # Derandomised: a run that finds something must not be one that nobody can have again.
    settings.register_profile("some", derandomize=True, deadline=None, database=None)
    settings.register_profile("all", deadline=None, max_examples=100 * MORE, print_blob=True)
    settings.load_profile("all" if ALL else "some")


def examples(some: int) -> int:
    """For tests that take long: so many examples, or MORE times as many."""
    return some * MORE if ALL else some

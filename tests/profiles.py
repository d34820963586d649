"""How much Hypothesis tries: the same few examples each time, or many new ones with MEDIA_AUDIT_TESTS=all."""

from __future__ import annotations

import os

from hypothesis import settings

ALL = os.environ.get("MEDIA_AUDIT_TESTS") == "all"
MORE = 25  # times as many examples where somebody has an hour


def load() -> None:
    """Makes one of the two profiles the default of all property tests."""
    # Derandomised: a run that finds something must not be one that nobody can have again.
    settings.register_profile("some", derandomize=True, deadline=None, database=None)
    settings.register_profile("all", deadline=None, max_examples=100 * MORE, print_blob=True)
    settings.load_profile("all" if ALL else "some")


def examples(some: int) -> int:
    """For tests that take long: so many examples, or MORE times as many."""
    return some * MORE if ALL else some

"""Whatever the nemesis does, nothing is lost, doubled, paid twice or stuck; and it sees when something is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.nemesis.run import run
from tests.services import TestServices

ALL = os.environ.get("MEDIA_AUDIT_TESTS") == "all"
# The first two strike in eighteen ways within their twelve seconds, and ask paid models to read, to tag and to answer.
# One of them is enough for each change; `make test-all` and `make soak` try more.
SEEDS = (1321, 2537, 101, 102, 103, 104, 105, 106, 107, 108)
SECONDS, POSTS = (25.0, 60) if ALL else (12.0, 40)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestServices]:
    """Services that nobody else uses, since they will be killed."""
    services = TestServices(tmp_path_factory.mktemp("nemesis") / "services", killed=True)
    yield services
    services.stop()


@pytest.mark.parametrize("seed", SEEDS if ALL else SEEDS[:1])
def test_nothing_is_lost_doubled_paid_twice_or_stuck(seed: int, own: TestServices, tmp_path: Path) -> None:
    outcome = run(seed, own, tmp_path / "home", seconds=SECONDS, posts=POSTS)
    assert not outcome.violations, "\n".join([str(outcome), *outcome.log])
    assert outcome.strikes.total() >= 5
    assert outcome.counts["posts"] > 120
    assert outcome.counts["files"] > 50
    assert outcome.counts["questions"] > 5
    assert outcome.counts["sentences"] > 5, "and posts were found for them"
    assert outcome.counts["tellings"] > 60, "and alerts were told of posts"


# A guarantee, what switches it off, the strikes that then do harm, what is seen of it, and seconds until then.
OFF = {
    "what messages lose is swept up": ({"SWEEP_INTERVAL": "100000"}, ["messages dropped"], "stuck", 10.0),
    "a question without an answer is never repeated": (
        {"UNANSWERED": "retry"},
        ["kill -9 of the llm worker"],
        "paid twice",
        60.0,
    ),
    "a question whose answer a kill cut off is not answered twice": (
        {"UNANSWERED": "retry"},
        ["kill -9 in the middle of an answer"],
        "paid twice",
        60.0,
    ),
    "edits are read again": ({"EDIT_WINDOW": "1"}, ["sweep by hand beside beat"], "wrong", 60.0),
}


@pytest.mark.parametrize("guarantee", list(OFF) if ALL else list(OFF)[:1])
def test_a_guarantee_that_is_switched_off_is_missed(guarantee: str, own: TestServices, tmp_path: Path) -> None:
    changes, strikes, seen, patience = OFF[guarantee]
    # Seed 1 reads and answers with paid models and promises to ask each of them once.
    outcome = run(
        1, own, tmp_path / "home", seconds=12.0, posts=40, changes=changes, only=strikes, pause=4.0, patience=patience
    )
    assert seen in {violation.kind for violation in outcome.violations}, "\n".join([str(outcome), *outcome.log])

"""What tests of reanalyze and retag share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.db import transaction
from app.domain.flow import Key
from app.domain.kinds import Step
from app.reprocess.choice import choose
from app.reprocess.files import FilePlan, Files
from app.reprocess.run import read_again
from app.reprocess.skipped_subjects import still_open, stop
from tests.integration.pipeline.paid import Bought

# Recipes, of which the loopback says the same.
OLD: dict[str, Any] = {"VISION_MAX_TOKENS": 512}
NEW: dict[str, Any] = {"VISION_MAX_TOKENS": 700}


@dataclass(frozen=True)
class KeyedPlan(FilePlan):
    """A plan with its files."""

    keys: list[Key] = field(repr=False)


def planned(bill: Bought, *where: str, channel: str | None = None, since: str | None = None) -> KeyedPlan:
    """The dry-run."""
    drive = bill.flow.drive
    providers = [one for one in (drive.vision, *drive.fallback) if one]
    with transaction() as session:
        files = Files(session, providers, choose(session, channel, since, where))
        return KeyedPlan(**vars(files.plan(drive.tagger)), keys=files.keys())


def asked(plan: KeyedPlan) -> int:
    """The run, as far as the command does it."""
    with transaction() as session:
        return read_again(session, plan.keys)


def stopped(step: Step) -> int:
    """The rows that a stop ends."""
    ended = 0
    while True:
        with transaction() as session:
            more, kept = stop(session, step)
        ended += more
        if not more and not kept:
            return ended


def still_open_files() -> dict[str, int]:
    """What was asked for and is not done."""
    with transaction() as session:
        return still_open(session, Step.ANALYZE, 10_000)

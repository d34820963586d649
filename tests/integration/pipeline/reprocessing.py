"""What tests of reanalyze and retag share."""

from __future__ import annotations

from typing import Any

from app.db import transaction
from app.domain.kinds import Step
from app.reprocess.choice import choose
from app.reprocess.files import FilePlan, Files
from app.reprocess.run import read_again
from app.reprocess.skipped_subjects import still_open
from tests.integration.pipeline.paid import Bought

# Recipes, of which the loopback says the same.
OLD: dict[str, Any] = {"VISION_MAX_TOKENS": 512}
NEW: dict[str, Any] = {"VISION_MAX_TOKENS": 700}


def planned(bill: Bought, *where: str, channel: str | None = None, since: str | None = None) -> FilePlan:
    """The dry-run."""
    drive = bill.flow.drive
    providers = [one for one in (drive.vision, *drive.fallback) if one]
    with transaction() as session:
        return Files(session, providers, choose(session, channel, since, where)).plan(drive.tagger)


def asked(plan: FilePlan) -> int:
    """The run, as far as the command does it."""
    return sum(armed for _, armed in read_again(plan.keys))


def still_open_files() -> dict[str, int]:
    """What was asked for and is not done."""
    with transaction() as session:
        return still_open(session, Step.ANALYZE)

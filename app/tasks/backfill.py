"""The task that reads channels' history, behind live posts."""

from __future__ import annotations

from app import wiring
from app.pipeline.engine.external_runner import run_external
from app.pipeline.steps.backfill import Backfill
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def backfill_channel(keys: list[list[int]], bulk: bool = True) -> None:
    """Reads one page of a channel's history."""
    publish(run_external(Backfill(wiring.telegram().source, wiring.account()), keys_of(keys)))

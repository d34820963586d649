"""The task that completes albums."""

from __future__ import annotations

from app import wiring
from app.pipeline.engine.external_runner import run_external
from app.pipeline.steps.collect import Collect
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def collect_album(keys: list[list[int]], bulk: bool = False) -> None:
    """Asks Telegram for the siblings of an album's known items."""
    publish(run_external(Collect(wiring.telegram().source, wiring.account(), bulk=bulk), keys_of(keys)))

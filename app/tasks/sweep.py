"""The task of the sweeper, run by beat."""

from __future__ import annotations

import time

from app.pipeline.engine.sweep import sweep as publish_again
from app.pipeline.steps.upkeep import tend
from app.reprocess.runs import carry_on
from app.settings import get_settings
from app.tasks.base import next_beat_does
from app.tasks.depth import busy_steps
from app.tasks.publish import publish
from app.worker import app


@app.task
def sweep() -> None:
    """Publishes due rows without a message again; then tends counters and the tables of search, and carries on
    runs of `reanalyze` and `retag`, a little at a time."""
    with next_beat_does():
        publish(publish_again(busy_steps()))
        tend(time.time(), get_settings().sweep_interval)
        carry_on()

"""The sweeper's beat."""

from __future__ import annotations

from app.pipeline.engine import sweep as pipeline
from app.tasks.base import next_beat_does
from app.tasks.depth import busy_steps
from app.tasks.publish import publish
from app.worker import app


@app.task
def sweep() -> None:
    """Publishes again what is due and silent."""
    with next_beat_does():
        publish(pipeline.sweep(busy_steps()))

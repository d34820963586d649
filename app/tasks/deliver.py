"""The task that delivers notices of alerts."""

from __future__ import annotations

from app import wiring
from app.pipeline.steps.deliver import deliver_notices
from app.tasks.base import keys_of
from app.tasks.publish import publish
from app.worker import app


@app.task
def deliver_notice(keys: list[list[int]], bulk: bool = False) -> None:
    """Delivers notices of alerts to their addresses."""
    publish(deliver_notices(wiring.notifiers(), keys_of(keys)))
